package com.tenantlist.live.install;

import com.tenantlist.live.postgres.Postgres;
import com.tenantlist.live.postgres.SqlState;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/** The front door: one database, and what is ours in it. Each method is one command, on a connection of its own. */
public final class Installer {
    /** The advisory lock that one command at a time holds. */
    private static final long LOCK = 0x6c697665_64620001L;

    private final Postgres postgres;
    private final InstallConfiguration config;
    private final Consumer<String> say;

    private Installer(Postgres postgres, InstallConfiguration config, Consumer<String> say) {
        this.postgres = postgres;
        this.config = config;
        this.say = say;
    }

    /** @param say gets a line for each thing that was found, done, or is waited for; on the calling thread */
    public static Installer of(Postgres postgres, InstallConfiguration config, Consumer<String> say) {
        return new Installer(postgres, config, say);
    }

    /** {@code db migrate} with default settings, silently; returns how many files were applied. */
    public static int migrate(Postgres postgres) {
        return of(postgres, new InstallConfiguration(), line -> {}).migrate().files();
    }

    /**
     * Says what was found and what {@link #migrate()} would do.
     *
     * @throws InstallException if that would refuse, with every reason
     */
    public void plan() {
        try (Handle handle = openFirst()) {
            handle.execute("SET default_transaction_read_only = on");
            Preflight preflight = Preflight.look(handle, config);
            preflight.findings().forEach(say);
            List<String> steps = Plan.of(handle, preflight);
            steps.forEach(say);
            say.accept(
                    steps.isEmpty() && preflight.refusals().isEmpty()
                            ? "nothing to do: " + postgres.directAddress() + " is installed"
                            : "nothing was changed in " + postgres.directAddress());
            if (!preflight.refusals().isEmpty()) {
                throw new InstallException(preflight.refusals());
            }
        }
    }

    /**
     * Does what is missing. Where nothing is, changes nothing.
     *
     * @throws InstallException if it refuses, having changed nothing, or a lock could not be had; the platform writes on
     */
    public Migrated migrate() {
        return locked((handle, patience) -> {
            Preflight preflight = Preflight.look(handle, config);
            preflight.findings().forEach(say);
            if (!preflight.refusals().isEmpty()) {
                throw new InstallException(preflight.refusals());
            }
            Owner owner = preflight.owner();
            owner.make(handle);
            Inventory inventory = Inventory.of(handle);
            Set<String> before = Owner.objects(handle);
            boolean replaced = isReplaced(handle);
            int files = Migrations.apply(postgres, config, transaction -> {
                Owner.takeFromOthers(transaction, before);
                Inventory.remember(transaction);
            });
            boolean changed = files > 0 || replaced;
            if (replaced) {
                restoreFunctions(handle, owner, inventory, patience);
            }
            changed |= owner.own(handle, patience);
            changed |= Publication.make(handle, owner, say);
            Publication.rememberOthers(handle, config.allTablesPublished);
            changed |= new Indexes(handle, patience, say, !preflight.fresh()).make();
            changed |= new Backfill(handle, patience, config, say).run();
            changed |= attach(handle, patience);
            changed |= complete(handle, patience);
            say.accept(
                    changed
                            ? "installed in " + postgres.directAddress()
                            : "nothing to do: " + postgres.directAddress() + " is installed");
            return new Migrated(files, changed);
        });
    }

    /** Whether the functions and views are those that were made last. */
    private static boolean hasItsFunctions(Handle handle) {
        return Sql.isTrue(handle, "SELECT to_regprocedure('live.code()') IS NOT NULL")
                && Sql.isTrue(handle, "SELECT i.code = live.code() FROM live.installation i");
    }

    /** The tables that lack triggers of ours, as SQL names them. */
    static List<String> withoutTriggers(Handle handle) {
        return handle.createQuery("""
                        SELECT DISTINCT format('%I.%I', n.nspname, c.relname)
                        FROM live.watched_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.relid
                        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.stands ORDER BY 1""").mapTo(String.class).list();
    }

    /** Whether parts came or went, or triggers were off, since all was counted. */
    static boolean isNotCounted(Handle handle) {
        return Sql.isTrue(handle, "SELECT EXISTS (SELECT FROM live.guard() g WHERE g.fault = 'part')");
    }

    /** Whether somebody has replaced or dropped functions or views since they were made. */
    static boolean isReplaced(Handle handle) {
        return Sql.isReadable(handle, "installation") && !hasItsFunctions(handle);
    }

    /** Makes functions and views anew. What of them is another's by now is the owner's first. */
    private void restoreFunctions(Handle handle, Owner owner, Inventory inventory, LockPatience patience) {
        List<String> served = Grants.served(handle);
        patience.take("functions and views", "live.pending", transaction -> {
            owner.takeOver(transaction);
            Set<String> before = Owner.objects(transaction);
            // As their owner: what the migrating role's default privileges give to others, they do not get.
            transaction.execute("SET LOCAL ROLE " + Sql.name(owner.name()));
            for (String made : Migrations.functionsAndViews()) {
                try (var statement = transaction.getConnection().createStatement()) {
                    statement.execute(made);
                } catch (SQLException e) {
                    if (SqlState.isOfShape(e)) {
                        throw new InstallException(
                                made.lines().findFirst().orElseThrow()
                                        + ": " + Postgres.rootMessage(e)
                                        + "; somebody has given it another shape: drop it, and what of yours uses it (a DROP without CASCADE names that; of ours it is made"
                                        + " anew), and run this again",
                                e);
                    }
                    throw new IllegalStateException(e);
                }
            }
            Owner.takeFromOthers(transaction, before);
            return inventory.rememberAsMade(transaction);
        });
        say.accept("functions and views: were not those of this version; made anew"
                + (inventory.lacksReplaceable() && !served.isEmpty()
                        ? "; what is new has none of its grants: run again what this prints, for "
                                + String.join(", ", served) + ": db grants ROLE config.yml"
                        : ""));
    }

    /** Triggers, the last thing to come. What was not seen before they stood, of parts that came or went too, {@link #complete} looks for. */
    private boolean attach(Handle handle, LockPatience patience) {
        boolean changed = false;
        List<String> missing = withoutTriggers(handle);
        if (!missing.isEmpty() || isNotCounted(handle)) {
            handle.execute("UPDATE live.installation SET complete = false WHERE complete");
        }
        for (String table : missing) {
            patience.take(
                    "triggers on " + table,
                    table,
                    transaction ->
                            Sql.isTrue(transaction, "SELECT live.attach(:table::regclass)", Map.of("table", table)));
            say.accept("triggers on " + table);
            changed = true;
        }
        changed |= patience.take(
                "the trigger of live.pending",
                "live.pending",
                transaction -> Sql.isTrue(transaction, "SELECT live.order_apply()"));
        return changed;
    }

    /** Looks at every tenant, for what changed before the triggers stood. */
    private boolean complete(Handle handle, LockPatience patience) {
        if (!Sql.isTrue(handle, "SELECT complete FROM live.installation")) {
            say.accept("second look: " + new Rebuild(handle, patience, say).all());
        }
        return handle.createUpdate("UPDATE live.installation SET complete = true, version = :version"
                                + " WHERE (complete, version) IS DISTINCT FROM (true, :version)")
                        .bind("version", Migrations.version())
                        .execute()
                > 0;
    }

    /**
     * Brings the rollups to what the platform's rows say; open dashboards follow.
     *
     * @param tenant all tenants if empty
     * @throws InstallException if what it would read is not all there is, or a lock could not be had
     */
    public Rebuilt rebuild(Optional<UUID> tenant) {
        return locked((handle, patience) -> {
            String owner = Owner.ofSchema(handle).orElseThrow(this::notMigrated);
            Owner.lackOfMembership(handle, owner).ifPresent(lack -> {
                throw new InstallException("schema live belongs to role " + owner + ", " + lack);
            });
            if (!Sql.isTrue(handle, "SELECT to_regprocedure('live.guard()') IS NOT NULL")) {
                throw notMigrated();
            }
            if (!Sql.isReadable(handle, "installation")) {
                throw new InstallException("table live.installation is gone, or belongs to another than role " + owner
                        + "; run: db migrate");
            }
            Rebuild rebuild = new Rebuild(handle, patience, say);
            rebuild.check();
            return tenant.map(rebuild::one).orElseGet(rebuild::all);
        });
    }

    private InstallException notMigrated() {
        return new InstallException(
                "the database " + postgres.directAddress() + " is not migrated; run: db migrate config.yml");
    }

    /**
     * Says what {@link #remove()} would take away, and what it would leave.
     *
     * @throws InstallException if that would refuse, with every reason
     */
    public void planRemoval() {
        try (Handle handle = openFirst()) {
            handle.execute("SET default_transaction_read_only = on");
            LockPatience patience = new LockPatience(handle, this::open, config, say);
            Removal removal = new Removal(handle, this::open, patience, config, say);
            List<String> steps = removal.plan();
            steps.forEach(say);
            say.accept(
                    steps.isEmpty()
                            ? "nothing of the service is in " + postgres.directAddress()
                            : "nothing was changed in " + postgres.directAddress());
            List<String> refusals = removal.refusals();
            if (!refusals.isEmpty()) {
                throw new InstallException(refusals);
            }
        }
    }

    /**
     * Takes all of ours out of the database; returns whether there was anything.
     *
     * @throws InstallException if it refuses, having changed nothing, or a lock could not be had; the platform writes on
     */
    public boolean remove() {
        return locked((handle, patience) -> {
            Removal removal = new Removal(handle, this::open, patience, config, say);
            List<String> refusals = removal.refusals();
            if (!refusals.isEmpty()) {
                throw new InstallException(refusals);
            }
            return removal.run();
        });
    }

    /**
     * The SQL that gives a role what the running service needs, and no more.
     *
     * @throws InstallException if there is no such role, or nothing that it could be given
     */
    public String grants(String role) {
        try (Handle handle = openFirst()) {
            if (!Sql.isThere(handle, "installation")) {
                throw notMigrated();
            }
            return Grants.sql(handle, role);
        }
    }

    /** The version of the service that {@code db migrate} leaves in the database. */
    public static String version() {
        return Migrations.version();
    }

    /**
     * Whether a service of this version can run on the database.
     *
     * @param address where it is, for messages
     * @throws IllegalStateException if it cannot; the message says what to do
     */
    public static void verify(Jdbi jdbi, String address) {
        String lacks = jdbi.withHandle(Grants::lacks);
        if (!lacks.isEmpty()) {
            String role = jdbi.withHandle(handle -> Sql.text(handle, "SELECT current_user"));
            throw new IllegalStateException("role " + role + " lacks rights in the database " + address + " (" + lacks
                    + "): run what this prints, as it says: db grants " + Sql.shown(role) + " config.yml");
        }
        String state = jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT CASE WHEN i.complete THEN i.version ELSE 'incomplete' END FROM live.installation i")
                .mapTo(String.class)
                .findOne()
                .orElse("empty"));
        if (state.equals("empty")) {
            throw new IllegalStateException("the database " + address + ": " + Migrations.NO_DATA);
        }
        if (state.equals("incomplete")) {
            throw new IllegalStateException(
                    "the database " + address + " is not completely migrated; run: db migrate config.yml");
        }
        if (!state.equals(Migrations.version())) {
            throw new IllegalStateException("the database " + address
                    + " was migrated by another version of the service; run this one's: db migrate config.yml");
        }
    }

    private interface Command<T> {
        T run(Handle handle, LockPatience patience);
    }

    /** The first connection of a command, once it is clear that the service will work on the same database. */
    private Handle openFirst() {
        Handle handle = open();
        try {
            postgres.requireSameDatabase(handle.getConnection());
            return handle;
        } catch (SQLException e) {
            handle.close();
            throw new InstallException(Postgres.rootMessage(e), e);
        } catch (RuntimeException e) {
            handle.close();
            throw e;
        }
    }

    private Handle open() {
        try {
            postgres.requireDirect();
            Handle handle = Jdbi.open(postgres.connect());
            handle.execute(Sql.TRUSTED_PATH);
            handle.execute(Sql.WITHOUT_STANDBY);
            return handle;
        } catch (SQLException e) {
            throw new InstallException(
                    "cannot reach the database " + postgres.directAddress() + " (" + postgres.directVariable() + "): "
                            + Postgres.rootMessage(e),
                    e);
        }
    }

    /** The server would too, but after its end of the line was closed: the next command may come sooner. */
    private static void unlock(Handle handle) {
        try {
            handle.execute("SELECT pg_advisory_unlock(?)", LOCK);
        } catch (JdbiException e) {
            // The line is lost, and its lock with it.
        }
    }

    private <T> T locked(Command<T> command) {
        try (Handle handle = openFirst()) {
            if (!Sql.isTrue(handle, "SELECT pg_try_advisory_lock(:lock)", Map.of("lock", LOCK))) {
                throw new InstallException("another db command runs in this database, as pid "
                        + handle.createQuery("""
                                SELECT l.pid FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted
                                  AND (l.classid::bigint << 32 | l.objid::bigint) = :lock
                                  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())""")
                                .bind("lock", LOCK)
                                .mapTo(String.class)
                                .findFirst()
                                .orElse("unknown"));
            }
            try {
                return command.run(handle, new LockPatience(handle, this::open, config, say));
            } catch (JdbiException e) {
                if (SqlState.isOfWhatIsGone(e)) {
                    throw new InstallException(
                            Postgres.rootMessage(e) + "; if that is of schema live: run db remove, then db migrate", e);
                }
                if (!SqlState.isOfData(e)) {
                    throw e;
                }
                throw new InstallException(
                        "a row of public.businesses or public.business_metrics cannot be counted: "
                                + Postgres.rootMessage(e) + "; mend it, then run this again",
                        e);
            } finally {
                unlock(handle);
            }
        }
    }
}
