package com.tenantlist.live.guard;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.health.HealthCheck;
import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.SqlState;
import com.tenantlist.live.threads.Threads;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.lifecycle.Managed;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks, says, and gives new parts their triggers. See the package. */
public final class Guard implements Managed {
    private static final String GONE = "something in schema live is gone";
    private static final Logger log = LoggerFactory.getLogger(Guard.class);

    /** Untrue tenants that are remembered, at most: by then a rebuild of all is the cure. */
    private static final int MAX_UNTRUE = 1000;

    /** After a look it rests so many times as long as that took: thousands of parts must not mean a busy server. */
    private static final int REST = 20;

    private final GuardConfiguration config;
    private final Inspector inspector;
    private final BooleanSupplier onDuty;
    private final Consumer<Boolean> trust;
    private final MetricRegistry metrics;
    private final Counter compared;
    private final ScheduledExecutorService thread = Threads.scheduler("guard");

    private volatile List<Fault> faults = List.of();
    private volatile String remark = "";
    private volatile int untrueTenants;

    // Of the thread.
    private final Set<UUID> untrue = new LinkedHashSet<>();
    private final Set<String> unattached = new LinkedHashSet<>();
    private final Set<String> named = new LinkedHashSet<>();
    private Optional<UUID> comparedTo = Optional.empty();
    private long comparedAt;
    private long restsUntil = System.nanoTime();
    private boolean failing;

    private Guard(
            GuardConfiguration config,
            Inspector inspector,
            BooleanSupplier onDuty,
            Consumer<Boolean> trust,
            MetricRegistry metrics) {
        this.config = config;
        this.inspector = inspector;
        this.onDuty = onDuty;
        this.trust = trust;
        this.metrics = metrics;
        this.compared = metrics.counter("guard.compared");
        metrics.register("guard.untrue", (Gauge<Integer>) () -> untrueTenants);
        List.of(
                        "right",
                        "table",
                        "column",
                        "read",
                        "subscription",
                        "trigger",
                        "part",
                        "deferrable",
                        "publication",
                        "published",
                        "function",
                        "failure",
                        "version",
                        "untrue")
                .forEach(this::gauge);
    }

    /**
     * Makes the guard, managed by the environment, and registers the health check {@code guard}.
     *
     * @param version what the database must be migrated to
     * @param lackingRights a query for the rights that the role lacks, a row each
     * @param onDuty whether this node is to look
     * @param trust is told whether every commit reaches the journal and the feed
     */
    public static Guard open(
            GuardConfiguration config,
            Jdbi jdbi,
            String version,
            String lackingRights,
            BooleanSupplier onDuty,
            Consumer<Boolean> trust,
            Environment environment) {
        Guard guard = new Guard(
                config, new Inspector(jdbi, config, version, lackingRights), onDuty, trust, environment.metrics());
        environment.lifecycle().manage(guard);
        environment.healthChecks().register("guard", guard.new Check());
        return guard;
    }

    @Override
    public void start() {
        comparedAt = System.nanoTime();
        long interval = config.interval.toMilliseconds();
        thread.scheduleWithFixedDelay(this::run, interval, interval, TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() {
        thread.shutdownNow();
    }

    private void run() {
        if (System.nanoTime() - restsUntil < 0) {
            return;
        }
        try {
            if (onDuty.getAsBoolean()) {
                look();
            } else {
                untrue.clear();
                show(List.of());
            }
            failing = false;
        } catch (RuntimeException e) {
            // What was seen stands. That the database does not answer is another check's to say.
            if (!failing && !thread.isShutdown()) {
                failing = true;
                log.warn("guard does not see cause=\"{}\"", Postgres.rootMessage(e));
            }
        }
    }

    private void look() {
        Optional<Fault> right = inspector.rights();
        List<Fault> seen = new ArrayList<>();
        right.ifPresent(seen::add);
        try {
            inspector.newParts().forEach(this::attach);
            long began = System.nanoTime();
            seen.addAll(inspector.faults());
            long now = System.nanoTime();
            restsUntil = now + REST * (now - began);
        } catch (RuntimeException e) {
            if (!inspector.isThere()) {
                show(List.of(new Fault(
                        "version",
                        "schema live is gone: nothing is counted",
                        "stop this node, if it was removed on purpose; else run: db migrate config.yml")));
                return;
            }
            boolean gone = SqlState.isOfWhatIsGone(e);
            if (!gone && (right.isEmpty() || !SqlState.of(e).equals(SqlState.INSUFFICIENT_PRIVILEGE))) {
                throw e;
            }
            // What cannot be looked at stays as it was seen.
            faults.stream()
                    .filter(fault -> !fault.isOfRights()
                            && !(gone
                                    ? fault.name().equals("function")
                                    : fault.said().startsWith(GONE)))
                    .forEach(seen::add);
            if (gone) {
                seen.add(new Fault(
                        "function",
                        GONE + ": " + Postgres.rootMessage(e),
                        "run: db migrate; if it fails by the same: db remove, then db migrate"));
            }
            show(List.copyOf(seen));
            return;
        }
        // Of what is no table of ours to read, nothing is read.
        boolean readable = seen.stream().noneMatch(Fault::hidesRows);
        if (readable && System.nanoTime() - comparedAt >= config.compareInterval.toNanoseconds()) {
            comparedAt = System.nanoTime();
            compare();
        } else if (readable) {
            forgetMended();
        }
        if (!untrue.isEmpty()) {
            seen.add(new Fault(
                    "untrue",
                    "what we hold of " + untrue.size() + " tenants is not what the tables say, such as of "
                            + untrue.iterator().next(),
                    "run: db rebuild"));
        }
        show(List.copyOf(seen));
    }

    // ---- new parts

    /** What of this does not succeed is a fault, {@code trigger} or {@code part}, of live.guard: here is only said why. */
    private void attach(Inspector.Part part) {
        Inspector.Before before;
        try {
            before = inspector.attach(part);
        } catch (RuntimeException e) {
            if (unattached.add(part.name())) {
                log.warn("part={} gets no triggers cause=\"{}\"", part.name(), Postgres.rootMessage(e));
            }
            return;
        }
        unattached.remove(part.name());
        log.info("part={} has its triggers now", part.name());
        String hindrance = before.hindrance();
        if (hindrance.isEmpty()) {
            try {
                before.tenants().forEach(inspector::rebuild);
                inspector.remember(part);
                return;
            } catch (RuntimeException e) {
                hindrance = Postgres.rootMessage(e);
            }
        }
        log.warn("part={} has rows that were not counted cause=\"{}\"", part.name(), hindrance);
    }

    // ---- comparing

    private void compare() {
        try {
            untrue.removeIf(this::isMended);
            Inspector.Comparison found = inspector.compare(comparedTo, config.compareTenants);
            comparedTo = found.looked() < config.compareTenants ? Optional.empty() : found.last();
            compared.inc(found.looked());
            for (UUID tenant : found.untrue()) {
                if (untrue.size() < MAX_UNTRUE && inspector.isUntrue(tenant)) {
                    untrue.add(tenant);
                }
            }
            remark = "";
        } catch (RuntimeException e) {
            passOver(e);
        }
    }

    /** Soon after a rebuild nothing is said any more; before it, no more than a comparison's tenants are looked at in vain. */
    private void forgetMended() {
        long until = System.nanoTime() + config.compareTimeout.toNanoseconds();
        int wrong = 0;
        for (Iterator<UUID> it = untrue.iterator();
                it.hasNext() && wrong < config.compareTenants && System.nanoTime() - until < 0; ) {
            if (isMended(it.next())) {
                it.remove();
            } else {
                wrong++;
            }
        }
    }

    /** One that cannot be compared is not known to be mended; why is for {@link #compare} to say. */
    private boolean isMended(UUID tenant) {
        try {
            return !inspector.isUntrue(tenant);
        } catch (RuntimeException e) {
            if (Set.of(SqlState.INSUFFICIENT_PRIVILEGE, SqlState.QUERY_CANCELED, SqlState.LOCK_NOT_AVAILABLE)
                    .contains(SqlState.of(e))) {
                return false;
            }
            throw e;
        }
    }

    /** What cannot be compared is a remark, not a fault. */
    private void passOver(RuntimeException e) {
        String before = remark;
        switch (SqlState.of(e)) {
            case SqlState.INSUFFICIENT_PRIVILEGE, SqlState.LOCK_NOT_AVAILABLE ->
                remark = "sums could not be compared when it was last tried: " + Postgres.rootMessage(e);
            case SqlState.QUERY_CANCELED -> {
                // One by one, the next time it is the following tenant's turn.
                remark = "a tenant after " + comparedTo.map(UUID::toString).orElse("the first")
                        + " takes longer to compare than " + config.compareTimeout;
                comparedTo = inspector.nextAfter(comparedTo);
            }
            default -> throw e;
        }
        if (before.isEmpty()) {
            log.info("guard remark=\"{}\"", remark);
        }
    }

    // ---- saying

    private void show(List<Fault> seen) {
        Map<String, Fault> before = bySaid(faults);
        Map<String, Fault> now = bySaid(seen);
        now.forEach((said, fault) -> {
            gauge(fault.name());
            if (!before.containsKey(said)) {
                log.error("guard fault={} said=\"{}\" cure=\"{}\"", fault.name(), said, fault.cure());
            }
        });
        before.forEach((said, fault) -> {
            if (!now.containsKey(said)) {
                log.info("guard fault={} is gone said=\"{}\"", fault.name(), said);
            }
        });
        faults = seen;
        untrueTenants = untrue.size();
        trust.accept(seen.stream().noneMatch(Fault::keepsCommitsFromUs));
    }

    private static Map<String, Fault> bySaid(List<Fault> faults) {
        Map<String, Fault> map = new LinkedHashMap<>();
        faults.forEach(fault -> map.put(fault.said(), fault));
        return map;
    }

    private void gauge(String fault) {
        if (named.add(fault)) {
            metrics.register("guard.faults." + fault, (Gauge<Long>) () -> count(fault));
        }
    }

    private long count(String name) {
        return faults.stream().filter(fault -> fault.name().equals(name)).count();
    }

    private final class Check extends HealthCheck {
        @Override
        protected Result check() {
            List<Fault> now = faults;
            if (!now.isEmpty()) {
                return Result.unhealthy(
                        "%s; db commands are for the role that migrates",
                        now.stream().map(Fault::toString).collect(Collectors.joining("; ")));
            }
            return remark.isEmpty() ? Result.healthy() : Result.healthy("%s", remark);
        }
    }
}
