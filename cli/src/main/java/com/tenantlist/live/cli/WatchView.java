package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A dashboard on a terminal, drawn anew a few times a second while something changes. Any thread. */
final class WatchView {
    private static final int LINES = 14;
    private static final int WIDTH = 110;
    private static final long DRAW_EVERY_MS = 200;
    private static final String HOME_AND_CLEAR = "\u001b[H\u001b[J";

    private final UUID user;
    private final Deque<String> lines = new ArrayDeque<>();
    private final ScheduledExecutorService drawer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "watch-view");
        thread.setDaemon(true);
        return thread;
    });
    private DashboardClient.State state = DashboardClient.State.RECOVERING;
    private JsonNode kpis = NullNode.instance;
    private long revision;
    private int businesses;
    private long seen;
    private boolean changed = true;

    WatchView(UUID user) {
        this.user = user;
        drawer.scheduleAtFixedRate(this::draw, 0, DRAW_EVERY_MS, TimeUnit.MILLISECONDS);
    }

    synchronized void state(DashboardClient.State next) {
        state = next;
        changed = true;
    }

    synchronized void held(Held held) {
        kpis = held.kpis();
        revision = held.revision();
        businesses = held.count();
        changed = true;
    }

    synchronized void line(String words) {
        seen++;
        lines.addLast(words.length() > WIDTH ? words.substring(0, WIDTH - 1) + "…" : words);
        if (lines.size() > LINES) {
            lines.removeFirst();
        }
        changed = true;
    }

    void end() {
        drawer.shutdown();
        draw();
    }

    private synchronized void draw() {
        if (!changed) {
            return;
        }
        changed = false;
        String colour = state == DashboardClient.State.LIVE
                ? "green"
                : state == DashboardClient.State.REFUSED ? "red" : "yellow";
        StringBuilder screen = new StringBuilder(HOME_AND_CLEAR)
                .append(Output.styled("@|bold TenantList Live|@  " + user + "  @|" + colour + " ● " + state
                        + "|@  revision " + revision))
                .append("\n\n")
                .append(Output.styled(String.format(
                        Locale.ROOT,
                        "Active businesses @|bold %s|@ of %d   Response rate @|bold %s %%|@   Landlord views @|bold %s|@   Messages @|bold"
                                + " %s|@",
                        kpi("activeBusinesses"),
                        businesses,
                        kpi("responseRate"),
                        kpi("landlordViews"),
                        kpi("messagesTotal"))))
                .append("\n\n");
        lines.forEach(line -> screen.append(line).append('\n'));
        screen.append('\n').append(seen).append(" lines so far; Ctrl-C ends it.\n");
        System.out.print(screen);
        System.out.flush();
    }

    private String kpi(String name) {
        return kpis.path(name).isMissingNode() ? "–" : kpis.path(name).asText();
    }
}
