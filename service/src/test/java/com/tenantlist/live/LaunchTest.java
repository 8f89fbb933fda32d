package com.tenantlist.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tenantlist.live.testing.ServiceProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code deploy/launch} on a jar of one class, with the JDK that runs the tests: what it starts is the jar that is there. */
class LaunchTest {
    private static final String FROM_CACHE = "Said source: shared objects file";
    private static final String STARTS_WITHOUT = "starting without";

    @TempDir
    Path directory;

    private Path jar;
    private Path caches;

    @BeforeEach
    void aJar() throws IOException {
        jar = directory.resolve("said.jar");
        caches = Files.createDirectories(directory.resolve("caches"));
        build("first");
    }

    @Test
    void aRecordedCacheIsUsed() throws Exception {
        assertThat(launch("--record", "-jar")).contains("first").doesNotContain(STARTS_WITHOUT);
        assertThat(launch("-Xlog:class+load", "-jar"))
                .contains("first", FROM_CACHE)
                .doesNotContain(STARTS_WITHOUT);
    }

    @Test
    void afterTheJarHasChangedTheNewOneRunsWithoutTheCacheAndTheNextRecordReplacesIt() throws Exception {
        launch("--record", "-jar");
        build("other");
        assertThat(launch("-Xlog:class+load", "-jar"))
                .contains("other", STARTS_WITHOUT)
                .doesNotContain(FROM_CACHE);
        assertThat(launch("--record", "-jar")).contains("other");
        assertThat(caches()).hasSize(1);
        assertThat(launch("-Xlog:class+load", "-jar")).contains("other", FROM_CACHE);
    }

    @Test
    void aCacheOfOtherFlagsIsNotTaken() throws Exception {
        launch("--record", "-jar");
        assertThat(launch("--quick", "-Xlog:class+load", "-jar"))
                .contains("first", STARTS_WITHOUT)
                .doesNotContain(FROM_CACHE);
    }

    @Test
    void aCacheThatWasCutOffOnlyCostsTheTimeItSaves() throws Exception {
        launch("--record", "-jar");
        Path cache = caches().get(0);
        byte[] whole = Files.readAllBytes(cache);
        Files.delete(cache);
        Files.write(cache, java.util.Arrays.copyOf(whole, whole.length / 2));
        assertThat(launch("-jar")).contains("first", STARTS_WITHOUT);
    }

    @Test
    void twoThatLearnAtOnceLeaveAWholeCache() throws Exception {
        List<Process> both =
                List.of(start("--learn", "-Dforever=true", "-jar"), start("--learn", "-Dforever=true", "-jar"));
        try {
            // The cache is made at the lowest priority.
            await().atMost(Duration.ofSeconds(120)).until(() -> {
                List<String> names = names();
                return !names.isEmpty() && names.stream().allMatch(name -> name.endsWith(".cache"));
            });
        } finally {
            both.forEach(Process::destroy);
        }
        assertThat(launch("--learn", "-Xlog:class+load", "-jar")).contains("first", FROM_CACHE);
    }

    @Test
    void whatIsNotLearntWhenTheProgramEndsIsLeftAlone() throws Exception {
        assertThat(launch("--learn", "-jar")).contains("first");
        await().atMost(Duration.ofSeconds(30)).until(() -> names().isEmpty());
    }

    @Test
    void aSignalReachesTheProgramThatIsRecorded() throws Exception {
        Process process = start("--record", "-Dforever=true", "-jar");
        try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("first");
            ServiceProcess.signal("TERM", process.pid());
            lines.lines().forEach(line -> {});
            assertThat(process.waitFor()).isEqualTo(143);
        }
        assertThat(caches()).hasSize(1);
    }

    private List<Path> caches() throws IOException {
        try (Stream<Path> files = Files.list(caches)) {
            return files.filter(file -> file.toString().endsWith(".cache")).toList();
        }
    }

    private List<String> names() {
        try (Stream<Path> files = Files.list(caches)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it said, in all. */
    private String launch(String... options) throws Exception {
        Process process = start(options);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private Process start(String... options) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of("../deploy/launch").toRealPath().toString(), "--cache", caches.toString()));
        command.addAll(List.of(options));
        command.add(jar.toString());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder.start();
    }

    /** A program that says a word. */
    private void build(String word) throws IOException {
        Path source = directory.resolve("Said.java");
        Files.writeString(source, """
                public class Said {
                    public static void main(String[] arguments) throws Exception {
                        System.out.println("%s");
                        if (Boolean.getBoolean("forever")) {
                            Thread.sleep(180_000);
                        }
                    }
                }
                """.formatted(word));
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", directory.toString(), source.toString()))
                .isZero();
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, "Said");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            out.putNextEntry(new JarEntry("Said.class"));
            Files.copy(directory.resolve("Said.class"), out);
        }
        // Two builds within a second are two.
        Files.setLastModifiedTime(
                jar, java.nio.file.attribute.FileTime.fromMillis(1_000_000_000_000L + word.hashCode() * 1000L));
    }
}
