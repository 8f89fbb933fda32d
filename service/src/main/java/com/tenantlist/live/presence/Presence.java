package com.tenantlist.live.presence;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.tenantlist.live.bus.Bus;
import com.tenantlist.live.bus.BusListener;
import com.tenantlist.live.bus.MessageKind;
import com.tenantlist.live.redis.Redis;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.lifecycle.Managed;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** The users' dashboards on all nodes, as far as this node knows. Any thread. */
public final class Presence implements Managed, BusListener {
    /** Users written at once. */
    private static final int BATCH = 500;

    private final PresenceConfiguration config;
    private final Bus bus;
    private final PresenceStore store;
    private final Supplier<String> defaultName;
    private final Thread thread = new Thread(this::run, "presence");
    private Consumer<UUID> listener = user -> {};

    // Under this monitor.
    private final Map<UUID, User> users = new HashMap<>();
    private final Set<UUID> dirty = new LinkedHashSet<>();
    private Map<UUID, String> nodes = new HashMap<>();
    private boolean stopping;

    /** The id under which this node counts. */
    private UUID self = UUID.randomUUID();

    /** Redis may hold counts of ours that we forgot while it was away. */
    private boolean forgot;

    /** Times by {@link System#nanoTime()}; of the thread. */
    private long refreshDue = System.nanoTime();

    private long rewriteDue = System.nanoTime();
    private long refreshedAt = System.nanoTime();

    /** A user who has dashboards here, or had until the last write. */
    private static final class User {
        private int here;
        private final Map<UUID, Integer> elsewhere = new HashMap<>();
    }

    /**
     * A user's dashboards.
     *
     * @param nodes how many on each, by the node's name
     */
    record Online(int connections, Map<String, Integer> nodes) {}

    private Presence(
            PresenceConfiguration config,
            Bus bus,
            PresenceStore store,
            Supplier<String> defaultName,
            MetricRegistry metrics) {
        this.config = config;
        this.bus = bus;
        this.store = store;
        this.defaultName = defaultName;
        metrics.register("presence.users", (Gauge<Integer>) this::userCount);
        metrics.register("presence.nodes", (Gauge<Integer>) this::nodeCount);
    }

    /**
     * Makes it, managed by the environment, and registers its REST call.
     *
     * @param defaultName what the node is called if the configuration does not say; asked after the start
     */
    public static Presence open(
            PresenceConfiguration config, Redis redis, Bus bus, Supplier<String> defaultName, Environment environment) {
        Presence presence =
                new Presence(config, bus, new PresenceStore(redis, config), defaultName, environment.metrics());
        bus.listen(MessageKind.PRESENCE, presence);
        environment.lifecycle().manage(presence);
        environment.jersey().register(new PresenceResource(presence));
        return presence;
    }

    /** Names who is told that a user's number of dashboards may be another; before the start. It must not block. */
    public void listen(Consumer<UUID> whoIsTold) {
        listener = whoIsTold;
    }

    /**
     * A dashboard of the user was opened or closed here.
     *
     * @param here counts them; asked under the lock, so that of two changes at once the later word is not the older number
     */
    public void changed(UUID userId, IntSupplier here) {
        synchronized (this) {
            users.computeIfAbsent(userId, id -> new User()).here = here.getAsInt();
            dirty.add(userId);
            notifyAll();
        }
        listener.accept(userId);
    }

    /** How many dashboards a user who has some here has on all nodes that are known to be there. */
    public synchronized int connections(UUID userId) {
        User user = users.get(userId);
        if (user == null) {
            return 0;
        }
        int connections = user.here;
        for (Map.Entry<UUID, Integer> other : user.elsewhere.entrySet()) {
            connections += nodes.containsKey(other.getKey()) ? other.getValue() : 0;
        }
        return connections;
    }

    /** The users' dashboards as Redis knows them; of this node alone if it does not answer: then empty. */
    Optional<Map<UUID, Online>> find(Collection<UUID> userIds) {
        return stay().flatMap(alive -> store.read(userIds).map(counts -> {
            Map<UUID, Online> found = new LinkedHashMap<>();
            for (UUID user : userIds) {
                Map<UUID, Integer> byNode = new HashMap<>(counts.getOrDefault(user, Map.of()));
                byNode.keySet().retainAll(alive.names().keySet());
                // Of itself this node knows more than it has written.
                byNode.put(self(), here(user));
                found.put(user, online(byNode, alive.names()));
            }
            return found;
        }));
    }

    /** The user's dashboards on this node. */
    Online findHere(UUID userId) {
        return online(Map.of(self(), here(userId)), Map.of());
    }

    private Online online(Map<UUID, Integer> byNode, Map<UUID, String> names) {
        Map<String, Integer> named = new HashMap<>();
        byNode.forEach((node, count) -> {
            if (count > 0) {
                named.merge(node.equals(self()) ? name() : names.getOrDefault(node, ""), count, Integer::sum);
            }
        });
        return new Online(named.values().stream().mapToInt(Integer::intValue).sum(), named);
    }

    private synchronized UUID self() {
        return self;
    }

    private synchronized int here(UUID userId) {
        User user = users.get(userId);
        return user == null ? 0 : user.here;
    }

    private synchronized int userCount() {
        return users.size();
    }

    private synchronized int nodeCount() {
        return nodes.size();
    }

    private String name() {
        return config.nodeName.isEmpty() ? defaultName.get() : config.nodeName;
    }

    // ---- the thread

    @Override
    public void start() {
        thread.start();
    }

    @Override
    public void stop() throws InterruptedException {
        synchronized (this) {
            stopping = true;
            notifyAll();
        }
        thread.join();
        bus.publish(MessageKind.PRESENCE, new PresenceMessage(self(), name(), true, Map.of()).encode());
        store.leave(self(), name());
    }

    private void run() {
        try {
            while (await()) {
                if (System.nanoTime() - refreshDue >= 0) {
                    refresh();
                }
                while (write()) {
                    // as long as there is something
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until there is something to write, and what comes with it has been collected, or to refresh; false at the end. */
    private synchronized boolean await() throws InterruptedException {
        for (long left; !stopping && dirty.isEmpty() && (left = refreshDue - System.nanoTime()) > 0; ) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        long until = System.nanoTime() + config.writeInterval.toNanoseconds();
        for (long left; !stopping && (left = until - System.nanoTime()) > 0; ) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return !stopping;
    }

    /** Says that this node is there, and learns which are. */
    private void refresh() {
        long now = System.nanoTime();
        refreshDue = now + config.refreshInterval.toNanoseconds();
        Optional<PresenceStore.Nodes> answer = stay();
        if (answer.isPresent() && beginAnew()) {
            answer = stay();
        }
        boolean known = answer.isPresent() || now - refreshedAt < config.nodeExpiry.toNanoseconds();
        if (!known) {
            alive(Map.of());
            return;
        }
        answer.ifPresent(alive -> {
            refreshedAt = now;
            if (now - rewriteDue >= 0) {
                rewriteDue = now + config.userExpiry.toNanoseconds() / 3;
                rewrite();
            }
            alive(alive.names());
        });
    }

    /** Says that this node is there. Whoever hears that it was missing must see to it that its users are written anew. */
    private Optional<PresenceStore.Nodes> stay() {
        Optional<PresenceStore.Nodes> answer = store.stay(self(), name());
        if (answer.isPresent() && answer.get().missing()) {
            rewrite();
        }
        return answer;
    }

    private synchronized void rewrite() {
        dirty.addAll(users.keySet());
        notifyAll();
    }

    /** Redis is back, and has counts that we cannot correct one by one: all of them go, under another id we write anew. */
    private boolean beginAnew() {
        UUID before;
        synchronized (this) {
            if (!forgot) {
                return false;
            }
            forgot = false;
            before = self;
            self = UUID.randomUUID();
        }
        store.leave(before, name());
        return true;
    }

    /** These nodes are there; the users of those that went have fewer dashboards. */
    private void alive(Map<UUID, String> names) {
        Set<UUID> touched = new HashSet<>();
        Map<UUID, Set<UUID>> dead = new HashMap<>();
        synchronized (this) {
            Map<UUID, String> before = nodes;
            nodes = new HashMap<>(names);
            users.forEach((id, user) -> {
                for (UUID node : List.copyOf(user.elsewhere.keySet())) {
                    if (before.containsKey(node) != names.containsKey(node)) {
                        touched.add(id);
                    }
                    if (!names.isEmpty() && !names.containsKey(node)) {
                        user.elsewhere.remove(node);
                        dead.computeIfAbsent(id, key -> new HashSet<>()).add(node);
                    }
                }
            });
        }
        dead.forEach(store::forget);
        touched.forEach(listener);
    }

    /** Writes what changed here, and learns what is elsewhere; true if more waits. */
    private boolean write() {
        Map<UUID, Integer> counts = new LinkedHashMap<>();
        synchronized (this) {
            for (UUID user : dirty) {
                if (counts.size() == BATCH) {
                    break;
                }
                counts.put(user, users.containsKey(user) ? Objects.requireNonNull(users.get(user)).here : 0);
            }
            dirty.removeAll(counts.keySet());
        }
        if (counts.isEmpty()) {
            return false;
        }
        Optional<Map<UUID, Map<UUID, Integer>>> answer = store.write(self(), counts);
        if (answer.isEmpty()) {
            keep(counts.keySet());
            return false;
        }
        Map<UUID, Integer> shared = new HashMap<>();
        Set<UUID> touched = new HashSet<>();
        synchronized (this) {
            answer.get().forEach((id, byNode) -> {
                byNode.remove(self);
                if (!byNode.isEmpty()) {
                    shared.put(id, counts.getOrDefault(id, 0));
                }
                User user = users.get(id);
                if (user != null && !user.elsewhere.equals(byNode)) {
                    user.elsewhere.clear();
                    user.elsewhere.putAll(byNode);
                    touched.add(id);
                }
                if (user != null && user.here == 0 && !dirty.contains(id)) {
                    users.remove(id);
                }
            });
        }
        if (!shared.isEmpty()) {
            bus.publish(MessageKind.PRESENCE, new PresenceMessage(self(), name(), false, shared).encode());
        }
        touched.forEach(listener);
        return answer.get().size() == BATCH;
    }

    /** These could not be written. Those who are not here any more are forgotten: Redis may be away for ever. */
    private synchronized void keep(Set<UUID> unwritten) {
        for (UUID id : unwritten) {
            User user = users.get(id);
            if (user != null && user.here > 0) {
                dirty.add(id);
            } else {
                users.remove(id);
                forgot = true;
            }
        }
    }

    // ---- the bus

    @Override
    public void received(UUID sender, byte[] body) {
        PresenceMessage message = PresenceMessage.decode(body);
        UUID node = message.node();
        Set<UUID> touched = new HashSet<>();
        synchronized (this) {
            if (message.leaves()) {
                nodes.remove(node);
                users.forEach((id, user) -> {
                    if (user.elsewhere.remove(node) != null) {
                        touched.add(id);
                    }
                });
            } else {
                nodes.put(node, message.name());
                message.counts().forEach((id, count) -> {
                    User user = users.get(id);
                    if (user != null) {
                        user.elsewhere.put(node, count);
                        touched.add(id);
                    }
                });
            }
        }
        touched.forEach(listener);
    }

    /** What was lost may have been about anyone: all are asked for again. */
    @Override
    public void missed(UUID node) {
        rewrite();
    }
}
