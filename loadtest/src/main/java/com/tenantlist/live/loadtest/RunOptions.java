package com.tenantlist.live.loadtest;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What all scenarios take: the server, its peer, and where the results go. */
final class RunOptions {
    private static final int MOST_TURNS = 20;
    private static final int MOST_ADDRESSES = 250;

    @Option(
            names = "--api",
            defaultValue = "http://127.0.0.1:8080",
            paramLabel = "URL",
            description = "REST. Default: ${DEFAULT-VALUE}.")
    private URI api = URI.create("http://127.0.0.1:8080");

    @Option(
            names = "--socket",
            defaultValue = "http://127.0.0.1:3000",
            split = ",",
            paramLabel = "URL",
            description = "Socket.IO; of several nodes, which dashboards go to in turn. Default: ${DEFAULT-VALUE}.")
    private List<URI> sockets = new ArrayList<>();

    @Option(
            names = "--database",
            defaultValue = "${DATABASE_URL:-postgresql://postgres@127.0.0.1:15432/tenantlist}",
            paramLabel = "URL",
            description = "Default: $$DATABASE_URL, or the database of bin/dev.")
    private String database = "";

    @Option(
            names = "--secret",
            required = true,
            defaultValue = "${JWT_SECRET}",
            description = "The HS256 secret, of both servers. Default: $$JWT_SECRET.")
    private String secret = "";

    @Option(
            names = "--pids",
            split = ",",
            paramLabel = "PID",
            description = "The server's processes, whose CPU and memory are told, together and each. Default: none.")
    private List<Long> pids = new ArrayList<>();

    @Option(
            names = "--compare",
            paramLabel = "URL",
            description = "A peer's REST and Socket.IO: the two are measured in turn (A B B A …), and ratios told.")
    private @Nullable URI compare;

    @Option(
            names = "--compare-socket",
            paramLabel = "URL",
            description = "The peer's Socket.IO. Default: as --compare.")
    private @Nullable URI compareSocket;

    @Option(
            names = "--compare-database",
            defaultValue = "",
            paramLabel = "URL",
            description = "The peer's database, with the platform's two tables.")
    private String compareDatabase = "";

    @Option(
            names = "--compare-pids",
            split = ",",
            paramLabel = "PID",
            description = "The peer's processes. Default: none.")
    private List<Long> comparePids = new ArrayList<>();

    @Option(
            names = "--turns",
            defaultValue = "0",
            description = "Turns of each server, 1 to 20. Default: 2 with --compare, else 1.")
    private int turns;

    @Option(
            names = "--addresses",
            defaultValue = "8",
            description =
                    "Addresses 127.0.0.1, 127.0.0.2 … that dashboards come from, 1 to 250; 1: the system's choice."
                            + " One has about 28,000 ports. Default: ${DEFAULT-VALUE}.")
    private int addresses = 8;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the results as JSON.")
    private @Nullable Path json;

    @Option(names = "--html", paramLabel = "FILE", description = "Writes the results as a page with plots.")
    private @Nullable Path html;

    /** The servers under load: one, or two. */
    List<Target> targets(By by, By compareBy) {
        check("--turns", turns, 0, MOST_TURNS);
        check("--addresses", addresses, 1, MOST_ADDRESSES);
        List<Target> targets = new ArrayList<>();
        targets.add(target("live", "", api, sockets, database, by, pids));
        if (compare != null) {
            URI peerSocket = compareSocket == null ? compare : compareSocket;
            targets.add(
                    target("peer", "--compare", compare, List.of(peerSocket), compareDatabase, compareBy, comparePids));
        }
        return targets;
    }

    /** Databases to write to: the service's, and, with {@code --compare-database}, one of bare tables. No server is called. */
    List<Target> databases() {
        List<Target> targets = new ArrayList<>(targets(By.SQL, By.SQL).subList(0, 1));
        if (!compareDatabase.isEmpty()) {
            targets.add(target("bare", "--compare", api, sockets, compareDatabase, By.SQL, comparePids));
        }
        return targets;
    }

    private Target target(
            String name, String option, URI rest, List<URI> nodes, String rows, By by, List<Long> processes) {
        Loopback.check(option.isEmpty() ? "--api" : option, rest);
        nodes.forEach(node -> Loopback.check(option.isEmpty() ? "--socket" : option + "-socket", node));
        if (!rows.isEmpty()) {
            Loopback.check(option.isEmpty() ? "--database" : option + "-database", URI.create(rows));
        }
        List<URI> websockets =
                nodes.stream().map(node -> asWebsocket(withPort(node))).toList();
        return new Target(name, withPort(rest), websockets, rows, secret, by, processes);
    }

    private static URI withPort(URI url) {
        if (url.getPort() < 0) {
            throw new IllegalArgumentException(url + " names no port; write it as http://127.0.0.1:port");
        }
        return url;
    }

    private static URI asWebsocket(URI url) {
        try {
            return new URI("ws", null, url.getHost(), url.getPort(), null, null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(url + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Turns of each target. */
    int turns() {
        return turns > 0 ? turns : compare == null && compareDatabase.isEmpty() ? 1 : 2;
    }

    int addresses() {
        return addresses;
    }

    Tokens tokens() {
        return new Tokens(secret);
    }

    /** Tells a run's results: on standard output, and in the files that were asked for. */
    void tell(Report report) throws IOException {
        System.out.print(report.text());
        if (json != null) {
            Files.writeString(json, report.json());
        }
        if (html != null) {
            Files.writeString(html, ReportPage.of(report));
        }
    }

    /**
     * An option's value must be in a range.
     *
     * @throws IllegalArgumentException if it is not
     */
    static void check(String option, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(option + " is " + value + "; it can be from " + least + " to " + most);
        }
    }
}
