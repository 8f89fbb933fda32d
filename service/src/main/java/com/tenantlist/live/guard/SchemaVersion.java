package com.tenantlist.live.guard;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The number of the newest file in {@code migrations/} that this service brings along. */
final class SchemaVersion {
    private static final Pattern FILE = Pattern.compile("(?:.*/)?V(\\d+)__\\w+\\.sql");

    private SchemaVersion() {}

    /** Empty if the files cannot be listed here. */
    static OptionalInt newest() {
        URL folder = SchemaVersion.class.getResource("/migrations");
        if (folder == null) {
            return OptionalInt.empty();
        }
        try {
            if (folder.openConnection() instanceof JarURLConnection jar) {
                try (JarFile file =
                        new JarFile(Path.of(jar.getJarFileURL().toURI()).toFile())) {
                    return newest(file.stream().map(entry -> entry.getName()));
                }
            }
            try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
                return newest(files.map(Path::toString));
            }
        } catch (IOException | URISyntaxException e) {
            return OptionalInt.empty();
        }
    }

    private static OptionalInt newest(Stream<String> names) {
        return names.map(FILE::matcher)
                .filter(Matcher::matches)
                .mapToInt(name -> Integer.parseInt(name.group(1)))
                .max();
    }
}
