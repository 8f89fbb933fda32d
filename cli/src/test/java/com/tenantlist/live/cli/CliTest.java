package com.tenantlist.live.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.testing.LiveService;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Runs the command line as a process against a running service. */
class CliTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts();

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private final UUID user = UUID.randomUUID();

    private record Ended(int code, String out, String err) {
        JsonNode json() throws IOException {
            return JSON.readTree(out);
        }
    }

    /** A command that runs; {@link #end()} waits for it. */
    private final class Running {
        private final Path out;
        private final Path err;
        private final Process process;

        Running(String input, String... arguments) throws IOException {
            out = Files.createTempFile(directory, "out", "");
            err = Files.createTempFile(directory, "err", "");
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "com.tenantlist.live.cli.TenantListCli"));
            command.addAll(List.of(arguments));
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().put("JWT_SECRET", LiveService.SECRET);
            process = builder.start();
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
        }

        Ended end() throws IOException, InterruptedException {
            try {
                assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
            } finally {
                process.destroyForcibly();
            }
            return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
        }
    }

    private Ended run(String... arguments) throws IOException, InterruptedException {
        return new Running("", arguments).end();
    }

    @BeforeEach
    void aBusiness() throws Exception {
        service.createBusiness(user, "Watched");
    }

    @Test
    void aTokenIsIssuedAndInspected() throws Exception {
        Ended issued = run("token", "issue", "--user", user.toString(), "--email", "a@b.c", "--json");
        assertThat(issued.code()).isZero();
        String token = issued.json().path("token").asText();
        Ended inspected = new Running(token + "\n", "token", "inspect").end();
        assertThat(inspected.code()).isZero();
        assertThat(inspected.json().path("claims").path("userId").asText()).isEqualTo(user.toString());
        assertThat(inspected.json().path("signature").asText()).isEqualTo("valid");
        assertThat(run("token", "inspect", token.substring(0, token.length() - 4) + "AAAA")
                        .code())
                .isEqualTo(4);
        assertThat(run("token", "inspect", "nonsense").code()).isEqualTo(4);
        Ended expired = run("token", "issue", "--user", user.toString(), "--expires-in", "0s");
        assertThat(run("token", "inspect", expired.out().strip()).code()).isIn(0, 4);
    }

    @Test
    void aTokenOrAllOfAUserAreRevoked() throws Exception {
        String api = service.api().toString();
        String token = run("token", "issue", "--user", user.toString()).out().strip();
        Ended revoked = run("token", "revoke", "--api", api, token);
        assertThat(revoked.code()).as(revoked.err()).isZero();
        assertThat(revoked.out()).startsWith("revoked token ");
        Ended ofUser = run("token", "revoke", "--api", api, "--user", user.toString(), "--json");
        assertThat(ofUser.json().path("kind").asText()).isEqualTo("user");
        assertThat(service.queried("SELECT string_agg(kind, ',' ORDER BY id) FROM live_revocation"))
                .isEqualTo("token,user");
        assertThat(run("token", "revoke", "--api", api).code()).isEqualTo(2);
        assertThat(run("token", "revoke", "--api", "http://127.0.0.1:1", "--id", "x")
                        .code())
                .isEqualTo(3);
        Ended refused =
                run("token", "revoke", "--api", api, "--id", "x", "--secret", "another secret of 32 bytes or more");
        assertThat(refused.code()).isEqualTo(4);
    }

    @Test
    void usageErrorsSayWhatToDo() throws Exception {
        Ended none = run("token", "issue");
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("--user UUID or --tenant N");
        assertThat(run("token", "issue", "--tenant", "1", "--expires-in", "soon")
                        .err())
                .contains("500ms, 30s");
        assertThat(run("watsh").code()).isEqualTo(2);
        assertThat(run("--help").out()).contains("simulate", "watch", "token", "Exit codes");
    }

    @Test
    void theWatchSeesEveryChangeOfASimulationOnceInOrder() throws Exception {
        for (boolean sql : new boolean[] {true, false}) {
            Running watch = new Running(
                    "",
                    "watch",
                    "--user",
                    user.toString(),
                    "--socket",
                    service.sockets().toString(),
                    "--duration",
                    "12s",
                    "--json");
            List<String> simulate = new ArrayList<>(
                    List.of("simulate", "--user", user.toString(), "--rate", "40", "--duration", "4s", "--json"));
            simulate.addAll(
                    sql
                            ? List.of("--sql", "--database", service.databaseUrl())
                            : List.of("--api", service.api().toString()));
            Ended simulated = run(simulate.toArray(String[]::new));
            assertThat(simulated.code()).as(simulated.err()).isZero();
            assertThat(simulated.json().path("changes").asInt()).isEqualTo(160);
            Ended watched = watch.end();
            List<String> lines = watched.out().lines().toList();
            JsonNode summary = JSON.readTree(lines.get(lines.size() - 1));
            assertThat(watched.code()).as(watched.err()).isZero();
            assertThat(summary.path("held").asBoolean()).isTrue();
            assertThat(summary.path("last").asLong()).isEqualTo(service.revision(user));
            assertThat(summary.path("events").asInt())
                    .as("changes while it watched")
                    .isPositive();
        }
    }

    @Test
    void aRefusedWatchEndsWithFour() throws Exception {
        Ended refused = run(
                "watch", "--token", "nonsense", "--socket", service.sockets().toString(), "--duration", "20s");
        assertThat(refused.code()).isEqualTo(4);
        assertThat(refused.err()).contains("refused");
    }

    @Test
    void anUnreachableServerEndsWithThree() throws Exception {
        assertThat(run("watch", "--user", user.toString(), "--socket", "http://127.0.0.1:1", "--duration", "20s")
                        .code())
                .isEqualTo(3);
        assertThat(run("simulate", "--user", user.toString(), "--api", "http://127.0.0.1:1", "--duration", "1s")
                        .code())
                .isEqualTo(3);
    }
}
