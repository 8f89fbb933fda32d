package com.tenantlist.live.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.protocol.Role;
import com.tenantlist.live.testing.CheckedDashboard;
import com.tenantlist.live.testing.LiveService;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the command line as a process against a running service. */
class CliTest {
    @RegisterExtension
    static final LiveService service = LiveService.onSharedParts()
            // Checks change one tenant's rows from many threads: on a busy machine these wait long for each other.
            .with("postgres.lockTimeout", "30s")
            .with("postgres.queryTimeout", "30s");

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private final UUID user = UUID.randomUUID();
    private final Map<String, String> environment = new HashMap<>();

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
            builder.environment().put("HOME", directory.toString());
            builder.environment().keySet().removeAll(List.of("XDG_CONFIG_HOME", "TENANTLIST_TOKEN"));
            builder.environment().putAll(environment);
            process = builder.start();
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
        }

        Ended end() throws IOException, InterruptedException {
            try {
                assertThat(process.waitFor(150, TimeUnit.SECONDS)).as("it ends").isTrue();
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
        assertThat(service.queried("SELECT string_agg(kind, ',' ORDER BY id) FROM live.revocation"))
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
    void presenceSaysWhoIsOnline() throws Exception {
        UUID user = UUID.randomUUID();
        String api = service.api().toString();
        assertThat(run("presence", "--api", api, "--user", user.toString())
                        .out()
                        .strip())
                .isEqualTo(user + "  offline");
        try (CheckedDashboard dashboard = new CheckedDashboard(service.sockets(), user, "websocket")) {
            dashboard.awaitState();
            Ended asked = run("presence", "--api", api, "--user", user.toString(), "--json");
            assertThat(asked.code()).as(asked.err()).isZero();
            assertThat(asked.out()).contains("\"online\":true,\"connections\":1");
        }
        assertThat(run("presence", "--api", api, "--tenants", "3").out().lines())
                .hasSize(3);
        assertThat(run("presence", "--api", api, "--user", user.toString(), "--tenants", "2")
                        .code())
                .isEqualTo(2);
        assertThat(run("presence", "--api", api, "--secret", "another secret of 32 bytes or more")
                        .code())
                .isEqualTo(4);
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
                "watch",
                "--token",
                LiveService.token(user, Role.BROKER, Duration.ofMinutes(1)),
                "--socket",
                service.sockets().toString(),
                "--duration",
                "20s");
        assertThat(refused.code()).isEqualTo(4);
        assertThat(refused.err()).contains("refused: FORBIDDEN");
        assertThat(run("watch", "--token", "nonsense").err()).contains("not a token");
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

    // ---- checks

    private Ended check(String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("check"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--api", service.api().toString(), "--json"));
        if (!all.contains("--socket")) {
            all.addAll(List.of("--socket", service.sockets().toString()));
        }
        return run(all.toArray(String[]::new));
    }

    private static JsonNode last(Ended ended) throws IOException {
        List<String> lines = ended.out().lines().toList();
        return JSON.readTree(lines.get(lines.size() - 1));
    }

    @ParameterizedTest
    @EnumSource(ClientKind.class)
    void twentyCutsOfAnyKindLoseNothing(ClientKind client) throws Exception {
        Ended checked =
                check("reconnect", "--client", client.toString(), "--cuts", "20", "--for", "800ms", "--rate", "100");
        assertThat(checked.code()).as(checked.err() + checked.out()).isZero();
        JsonNode verdict = last(checked);
        assertThat(verdict.path("held").asBoolean()).isTrue();
        assertThat(verdict.path("lost").asInt()
                        + verdict.path("duplicates").asInt()
                        + verdict.path("outOfOrder").asInt())
                .isZero();
        assertThat(verdict.path("events").asInt()).isGreaterThan(500);
        assertThat(checked.out().lines().filter(line -> line.contains("\"what\":\"cut\"")))
                .hasSize(20);
    }

    @ParameterizedTest
    @EnumSource(ClientKind.class)
    void thePollingFallbackHolds(ClientKind client) throws Exception {
        Ended checked =
                check("fallback", "--client", client.toString(), "--poll-interval", "1s", "--attempt-timeout", "2s");
        assertThat(checked.code()).as(checked.err() + checked.out()).isZero();
        for (String kind : List.of("reset", "mute")) {
            assertThat(checked.out().lines().filter(line -> line.contains("fallback-" + kind)))
                    .as(kind)
                    .map(CliTest::what)
                    .containsSubsequence("cut", "polling", "polled", "restored", "polling ended", "verdict");
        }
        // Now and then it catches up on one that dies.
        assertThat(checked.out().lines().filter(line -> line.contains("fallback-dying")))
                .map(CliTest::what)
                .containsSubsequence("cut", "disconnected", "restored", "verdict");
        assertThat(checked.out().lines().filter(line -> line.contains("\"held\":true")))
                .hasSize(3);
    }

    private static String what(String line) {
        try {
            return JSON.readTree(line).path("what").asText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void withoutNodeTheBrowsersClientSaysWhatItNeeds() throws Exception {
        environment.put("PATH", directory.toString());
        String before = service.queried("SELECT count(*) FROM businesses");
        Ended checked = check("reconnect", "--client", "browser");
        assertThat(checked.code()).as(checked.err()).isEqualTo(2);
        assertThat(checked.err()).contains("--client browser needs Node 20 or newer on the PATH");
        assertThat(service.queried("SELECT count(*) FROM businesses")).isEqualTo(before);
    }

    @Test
    void aNodeThatIsTooOldSaysSo() throws Exception {
        Path old = Files.writeString(
                directory.resolve("node"), "#!/bin/sh\necho '{\"what\":\"ready\",\"node\":18}'\ncat > /dev/null\n");
        assertThat(old.toFile().setExecutable(true)).isTrue();
        environment.put("PATH", directory + ":" + System.getenv("PATH"));
        Ended checked = check("reconnect", "--client", "browser");
        assertThat(checked.code()).as(checked.err()).isEqualTo(2);
        assertThat(checked.err()).contains("needs Node 20 or newer on the PATH; this is 18");
    }

    @Test
    void aFallbackOfAKindThatIsNoneSaysWhichThereAre() throws Exception {
        Ended checked = check("fallback", "--kind", "close");
        assertThat(checked.code()).isEqualTo(2);
        assertThat(checked.err()).contains("--kind must be of reset, mute and dying");
    }

    @Test
    void aCheckLeavesNothingBehind() throws Exception {
        String before = service.queried("SELECT count(*) FROM businesses");
        assertThat(check("reconnect", "--cuts", "1", "--for", "200ms").code()).isZero();
        assertThat(service.queried("SELECT count(*) FROM businesses")).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(TamperingServer.Fault.class)
    void aServerThatDropsRepeatsOrSwapsEventsDoesNotHold(TamperingServer.Fault fault) throws Exception {
        try (TamperingServer broken = new TamperingServer(service.sockets(), fault)) {
            // Of several connections one lasts long enough.
            Ended checked = check(
                    "reconnect",
                    "--cuts",
                    "3",
                    "--for",
                    "200ms",
                    "--rate",
                    "50",
                    "--transport",
                    "websocket",
                    "--socket",
                    broken.uri().toString());
            assertThat(checked.code()).as(checked.err() + checked.out()).isEqualTo(1);
            JsonNode verdict = last(checked);
            assertThat(verdict.path(fault == TamperingServer.Fault.REPEAT ? "duplicates" : "lost")
                            .asInt())
                    .as(verdict.toString())
                    .isPositive();
        }
    }

    @Test
    void aClientThatNeverPollsIsFoundOut() throws Exception {
        Ended checked = check("fallback", "--poll-after", "1000000", "--timeout", "30s");
        assertThat(checked.code()).isEqualTo(5);
        assertThat(checked.err()).contains("it polls");
    }

    @Test
    void aClientThatPollsTooSoonIsFoundOut() throws Exception {
        Ended checked = check("fallback", "--poll-after", "1");
        assertThat(checked.code()).isEqualTo(1);
        assertThat(checked.err()).contains("after 1 failed attempts, not 3");
    }

    // ---- scenarios

    private Ended scenario(Path file) throws IOException, InterruptedException {
        return run(
                "scenario",
                "run",
                file.toString(),
                "--api",
                service.api().toString(),
                "--socket",
                service.sockets().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tunnel.yml", "blocked.yml"})
    void theScenariosOfTheDocumentationHold(String file) throws Exception {
        Ended ended = scenario(Path.of("../docs/scenarios", file));
        assertThat(ended.code()).as(ended.err() + ended.out()).isZero();
        assertThat(ended.out()).contains("it holds");
    }

    @Test
    void anExpectationThatDoesNotComeTimesOut() throws Exception {
        Path file = Files.writeString(
                directory.resolve("s.yml"), "steps:\n  - expect: { kpis: { landlordViews: 7 }, within: 500ms }\n");
        Ended ended = scenario(file);
        assertThat(ended.code()).isEqualTo(5);
        assertThat(ended.err()).contains("not within 0.5 s").contains("landlordViews");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "steps: []|steps must be a list",
                "steps: [{cut: {kind: saw}}]|step 1: cut: kind: 'saw' is none of close, reset, blackhole",
                "steps: [stop, {wait: long}]|step 2: wait: 'long' is not a duration",
                "steps: [dance]|step 1: 'dance' is none of change, start",
                "steps: [{change: {rate: 0}}]|step 1: change: rate: '0' is not a whole number from 1 to",
                "{tenant: 1, user: x, steps: [stop]}|give tenant or user",
                "{stepz: []}|'stepz' is none of name, tenant, user, client, steps",
                "steps: [{expect: {}}]|step 1: expect: say what",
                "steps: [{expect: {kpis: {views: 1}}}]|'views' is none of activeBusinesses",
            })
    void aWrongFileSaysWhereAndWhat(String yaml, String words) throws Exception {
        // Nothing listens there: it is refused before anything is tried.
        Ended ended = run(
                "scenario",
                "run",
                Files.writeString(directory.resolve("s.yml"), yaml).toString(),
                "--api",
                "http://127.0.0.1:1");
        assertThat(ended.code()).as(ended.err()).isEqualTo(2);
        assertThat(ended.err()).contains("s.yml").contains(words);
    }

    // ---- doctor

    private Ended doctor(String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("doctor", "--json", "--user", user.toString()));
        all.addAll(List.of(arguments));
        Map.of("--api", service.api(), "--socket", service.sockets(), "--admin", service.admin())
                .forEach((option, url) -> {
                    if (!all.contains(option)) {
                        all.addAll(List.of(option, url.toString()));
                    }
                });
        return run(all.toArray(String[]::new));
    }

    @Test
    void theDoctorFindsNothingWrongWithASoundService() throws Exception {
        Ended ended = doctor();
        assertThat(ended.code()).as(ended.out()).isZero();
        assertThat(ended.out().lines())
                .hasSize(7)
                .allSatisfy(line ->
                        assertThat(JSON.readTree(line).path("grade").asText()).isIn("ok", "warning"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--api http://127.0.0.1:1|3|rest|bin/dev starts one",
                "--socket http://127.0.0.1:1|3|sockets|Is the port open",
                "--admin http://127.0.0.1:1|3|health|admin port",
                "--origin https://elsewhere.example|4|cors|FRONTEND_URL",
                "--secret another-secret-that-is-32-bytes-long|4|token|token issue",
            })
    void theDoctorSaysWhatToDo(String arguments, int code, String subject, String advice) throws Exception {
        Ended ended = doctor(arguments.split(" "));
        assertThat(ended.code()).as(ended.out()).isEqualTo(code);
        JsonNode finding = null;
        for (String line : ended.out().lines().toList()) {
            if (JSON.readTree(line).path("subject").asText().equals(subject)) {
                finding = JSON.readTree(line);
            }
        }
        assertThat(finding).isNotNull();
        assertThat(finding.path("grade").asText()).isEqualTo("failed");
        assertThat(finding.path("advice").asText()).contains(advice);
    }

    // ---- settings

    @Test
    void flagsCountForMoreThanTheEnvironmentAndThatForMoreThanTheFile() throws Exception {
        Path file = directory.resolve(".config/tenantlist/cli.yml");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "socket: " + service.sockets() + "\n");
        String[] watch = {"watch", "--user", user.toString(), "--duration", "10s", "--quiet"};
        Running byFile = new Running("", watch);
        environment.put("TENANTLIST_SOCKET_URL", "http://127.0.0.1:1");
        List<String> flags = new ArrayList<>(List.of(watch));
        flags.addAll(List.of("--socket", service.sockets().toString()));
        Running byFlag = new Running("", flags.toArray(String[]::new));
        assertThat(run(watch).code()).as("the environment's port is closed").isEqualTo(3);
        assertThat(byFlag.end().code()).as("by the flag").isZero();
        assertThat(byFile.end().code()).as("by the file").isZero();
        Files.writeString(file, "sockets: x\n");
        environment.clear();
        Ended wrong = run(watch);
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err())
                .contains("cli.yml has 'sockets'; it may have admin, api, database, secret, socket, token");
    }

    @Test
    void aTokenComesByStdinOrTheEnvironment() throws Exception {
        String token = LiveService.token(user);
        Running byStdin = watch(token + "\n", "--token", "-");
        environment.put("TENANTLIST_TOKEN", token);
        Running byEnvironment = watch("");
        environment.put("TENANTLIST_TOKEN", "nonsense");
        Running byName = watch("", "--user", user.toString());
        assertThat(byStdin.end().code()).isZero();
        assertThat(byEnvironment.end().code()).isZero();
        assertThat(byName.end().code())
                .as("a name on the command line counts for more")
                .isZero();
    }

    /** Long enough to connect on a busy machine. */
    private Running watch(String input, String... who) throws IOException {
        List<String> all = new ArrayList<>(
                List.of("watch", "--socket", service.sockets().toString(), "--duration", "10s", "--quiet"));
        all.addAll(List.of(who));
        return new Running(input, all.toArray(String[]::new));
    }

    @Test
    void completionAndHelpKnowEveryCommand() throws Exception {
        String completion = run("completion").out();
        String help = run().out();
        for (String command : List.of("token", "simulate", "watch", "check", "scenario", "doctor", "completion")) {
            assertThat(completion).contains(command);
            assertThat(help).contains("  " + command + " ");
            assertThat(run(command, "--help").out()).contains("Usage: tenantlist " + command);
        }
        assertThat(completion).contains("--poll-interval").contains("blackhole");
        assertThat(help).doesNotContain("\u001b");
    }
}
