package com.tenantlist.live.testing;

import io.socket.client.IO;
import io.socket.client.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.json.JSONException;
import org.json.JSONObject;

/**
 * A dashboard on the official Java client that follows the contract (asks for what it missed whenever it connects) and
 * keeps every revision it is sent, for the test to judge.
 */
public final class CheckedDashboard implements AutoCloseable {
    private static final List<String> EVENTS =
            List.of("business:created", "business:updated", "business:deleted", "metrics:updated");

    private final Socket socket;
    private final List<Long> revisions = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private String epoch;
    private long revision = -1;
    private int states;
    private int fullStates;

    /** What is wrong with KPIs that came, unless full state of another history follows. */
    private String doubtful;

    private int connects;
    private int connections;
    private long staleMillis;
    private JSONObject kpis;

    public CheckedDashboard(URI server, UUID user, String... transports) {
        IO.Options options = IO.Options.builder()
                .setForceNew(true)
                .setReconnectionDelay(50)
                .setReconnectionDelayMax(500)
                .setAuth(Map.of("token", LiveService.token(user)))
                .setTransports(transports)
                .build();
        socket = IO.socket(server.resolve("/dashboard"), options);
        socket.on(Socket.EVENT_CONNECT, args -> {
            socket.emit("request:current-state", held());
            connected();
        });
        socket.on("reconnected", args -> reconnected((JSONObject) args[0]));
        socket.on("kpi:update", args -> kpiUpdate((JSONObject) args[0]));
        socket.on("server:stale", args -> {
            stale(((JSONObject) args[0]).optLong("staleMs"));
            socket.emit("request:current-state", held());
        });
        socket.on("presence:update", args -> counted(((JSONObject) args[0]).optInt("connections")));
        for (String event : EVENTS) {
            socket.on(event, args -> event((JSONObject) args[0]));
        }
        socket.connect();
    }

    private synchronized void connected() {
        connects++;
        notifyAll();
    }

    private synchronized void stale(long millis) {
        staleMillis = millis;
    }

    /** How old what it holds may be, as the service said last; 0 if it never did. */
    public synchronized long staleMillis() {
        return staleMillis;
    }

    private synchronized void counted(int now) {
        connections = now;
        notifyAll();
    }

    /** How many dashboards it was told of last; 0 if never. */
    public synchronized int connections() {
        return connections;
    }

    private synchronized JSONObject held() {
        try {
            return epoch == null
                    ? new JSONObject()
                    : new JSONObject().put("after", revision).put("epoch", epoch);
        } catch (JSONException e) {
            throw new IllegalStateException(e);
        }
    }

    private synchronized void reconnected(JSONObject payload) {
        long at = payload.optLong("revision");
        if (payload.optBoolean("recovered") && at != revision) {
            faults.add("recovered says revision " + at + ", but " + revision + " is held");
        }
        if (!payload.optBoolean("recovered")) {
            fullStates++;
            doubtful = null;
        }
        states++;
        epoch = payload.optString("epoch");
        revision = at;
        kpis = payload.optJSONObject("kpis");
        notifyAll();
    }

    private synchronized void kpiUpdate(JSONObject payload) {
        if (payload.optLong("revision") < revision) {
            doubtful = "kpi:update of revision " + payload.optLong("revision") + " after " + revision;
        }
        kpis = payload.optJSONObject("kpis");
        notifyAll();
    }

    private synchronized void event(JSONObject payload) {
        long next = payload.optLong("revision");
        if (epoch == null) {
            return; // before the first state there is nothing to follow
        }
        if (next != revision + 1) {
            faults.add("revision " + next + " after " + revision);
        }
        revision = next;
        revisions.add(next);
        notifyAll();
    }

    /** Waits until this revision and its KPIs were received. */
    public synchronized void await(long wanted, long views) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (epoch == null || revision < wanted || kpis == null || kpis.optLong("landlordViews") != views) {
            long millis = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (millis <= 0) {
                throw new AssertionError("waited for revision " + wanted + " and " + views + " views; have " + revision
                        + " and " + kpis + "; faults: " + faults);
            }
            wait(millis);
        }
    }

    /** Waits for the first state. */
    public synchronized void awaitState() throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (epoch == null) {
            long millis = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (millis <= 0) {
                throw new AssertionError("no state within 20 s");
            }
            wait(millis);
        }
    }

    /** What came out of order, twice, or not at all; empty if the promise held. */
    public synchronized List<String> faults() {
        if (doubtful != null) {
            faults.add(doubtful);
            doubtful = null;
        }
        return List.copyOf(faults);
    }

    /** How often it was told where it is. */
    public synchronized int states() {
        return states;
    }

    public synchronized String epoch() {
        return epoch;
    }

    public synchronized long revision() {
        return revision;
    }

    /** Gives up its connection and makes another. */
    public void reconnect() {
        socket.disconnect().connect();
    }

    /** Asks for everything. */
    public void askForEverything() {
        socket.emit("request:current-state");
    }

    public synchronized int fullStates() {
        return fullStates;
    }

    public synchronized int connects() {
        return connects;
    }

    public synchronized int events() {
        return revisions.size();
    }

    @Override
    public void close() {
        socket.disconnect();
    }
}
