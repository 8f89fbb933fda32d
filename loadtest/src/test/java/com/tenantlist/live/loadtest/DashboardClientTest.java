package com.tenantlist.live.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.loadtest.DashboardClient.Manner;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DashboardClientTest {
    static final String SECRET = "a secret of more than thirty-two bytes";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void eventsInOrderAreNoFault() throws Exception {
        assertThat(faultsAfter(6, updated(5, 1), kpis(5), updated(6, 1))).isEqualTo(Faults.NONE);
    }

    @Test
    void aGapADuplicateAndDisorderAreCounted() throws Exception {
        assertThat(faultsAfter(9, updated(5, 1), updated(5, 1), updated(8, 1), updated(7, 1), kpis(5), updated(9, 1)))
                .isEqualTo(new Faults(1, 1, 2, 0, 0));
    }

    @Test
    void anotherTenantsEventIsForeign() throws Exception {
        assertThat(faultsAfter(6, updated(5, 2), updated(6, 1))).isEqualTo(new Faults(0, 0, 0, 1, 0));
    }

    @Test
    void whoIsRefusedComesBackAndIsIn() throws Exception {
        try (FakeServer server = new FakeServer(3);
                Dashboards dashboards = dashboards(server, 1, new Manner(true, true))) {
            DashboardClient client = dashboards.clients().get(0);
            client.connect();

            assertThat(client.awaitReady(System.nanoTime() + PATIENCE.toNanos()))
                    .isTrue();
            assertThat(client.refusals()).isEqualTo(3);
            assertThat(dashboards.faults()).isEqualTo(Faults.NONE);
        }
    }

    @Test
    void dashboardsComeFromSeveralAddresses() throws Exception {
        try (FakeServer server = new FakeServer(0);
                Dashboards dashboards = dashboards(server, 6, new Manner(false, false))) {
            dashboards.open(4, PATIENCE);

            assertThat(server.sources()).containsExactly("127.0.0.1", "127.0.0.2", "127.0.0.3");
        }
    }

    @Test
    void aDashboardThatTheServerClosesIsLost() throws Exception {
        FakeServer server = new FakeServer(0);
        try (Dashboards dashboards = dashboards(server, 1, new Manner(true, false))) {
            dashboards.open(1, PATIENCE);
            server.close();

            assertThat(dashboards.clients().get(0).awaitMark(1000, System.nanoTime() + TimeUnit.MINUTES.toNanos(1)))
                    .isFalse();
            assertThat(dashboards.faults()).isEqualTo(Faults.lost(1));
        }
    }

    private static int connect(int sockets, String nodes, Path json, String... more) {
        List<String> arguments = new ArrayList<>(List.of("connect", "--secret", SECRET));
        arguments.addAll(List.of("--sockets", String.valueOf(sockets), "--socket", nodes, "--json", json.toString()));
        arguments.addAll(List.of(more));
        return LoadTest.commandLine().execute(arguments.toArray(String[]::new));
    }

    @Test
    void aRunWritesItsResultsAndExitsWithZero(@TempDir Path directory) throws Exception {
        Path json = directory.resolve("connect.json");
        Path html = directory.resolve("connect.html");
        try (FakeServer server = new FakeServer(0);
                FakeServer peer = new FakeServer(0)) {
            int code = connect(5, server.url(), json, "--compare", peer.url(), "--html", html.toString());

            assertThat(code).isZero();
            assertThat(Files.readString(json)).contains("\"ratios\"", "connections a second");
            assertThat(Files.readString(html)).contains("<svg");
        }
    }

    @Test
    void dashboardsGoToTheNodesInTurn(@TempDir Path directory) throws Exception {
        Path json = directory.resolve("connect.json");
        String own = Long.toString(ProcessHandle.current().pid());
        try (FakeServer one = new FakeServer(0);
                FakeServer other = new FakeServer(0)) {
            int code = connect(6, one.url() + "," + other.url(), json, "--pids", own + "," + own);

            assertThat(code).isZero();
            assertThat(one.connections()).isEqualTo(3);
            assertThat(other.connections()).isEqualTo(3);
            assertThat(Files.readString(json))
                    .contains("on 2 of 2 nodes", "CPU of process 1 a connection", "CPU of process 2 a connection");
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 2", "20, 3", "200, 3", "200, 4"})
    void dashboardsOfOneTenantGoToDifferentNodes(int tenants, int nodes) {
        Target target = new Target(
                "live",
                URI.create("http://127.0.0.1:1"),
                IntStream.range(0, nodes)
                        .mapToObj(node -> URI.create("ws://127.0.0.1:" + (1 + node)))
                        .toList(),
                "",
                SECRET,
                By.SQL,
                List.of());

        for (int tenant = 0; tenant < tenants; tenant++) {
            assertThat(IntStream.iterate(tenant, number -> number + tenants)
                            .limit(nodes)
                            .mapToObj(number -> Dashboards.node(target, number, tenants)))
                    .containsExactlyInAnyOrderElementsOf(target.sockets());
        }
    }

    @Test
    void whoIsNotInInTimeIsLostAndTheRunExitsWithOne() throws Exception {
        try (FakeServer server = new FakeServer(Integer.MAX_VALUE)) {
            int code = LoadTest.commandLine()
                    .execute("storm", "--secret", SECRET, "--sockets", "2", "--socket", server.url(), "--within", "1");

            assertThat(code).isEqualTo(1);
        }
    }

    private static Faults faultsAfter(long revision, String... events) throws Exception {
        try (FakeServer server = new FakeServer(0, events);
                Dashboards dashboards = dashboards(server, 1, new Manner(true, false))) {
            dashboards.open(1, PATIENCE);
            assertThat(dashboards.clients().get(0).awaitMark(revision, System.nanoTime() + PATIENCE.toNanos()))
                    .isTrue();
            return dashboards.faults();
        }
    }

    private static Dashboards dashboards(FakeServer server, int count, Manner manner) {
        return new Dashboards(server.target(), 3, LoadTenants.users(1), count, manner, Commits.byRevision());
    }

    private static String updated(long revision, int tenant) {
        return "\"business:updated\",{\"business\":{\"id\":\"" + LoadTenants.user(tenant)
                + "\",\"name\":\"Load\"},\"revision\":" + revision + "},\"" + revision + "\"";
    }

    private static String kpis(long revision) {
        return "\"kpi:update\",{\"kpis\":{\"landlordViews\":1},\"revision\":" + revision + "}";
    }
}
