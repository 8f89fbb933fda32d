package com.tenantlist.live.auth;

import com.tenantlist.live.postgres.Statements;
import com.tenantlist.live.protocol.TokenClaims;
import io.dropwizard.lifecycle.Managed;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which tokens are refused though they are valid. The truth is the table {@code live.revocation}, which every node reads on
 * its own thread, {@code auth-revocations}: what one node (or someone in psql) revokes, all know within
 * {@link AuthConfiguration#revocationPoll}, whether or not Redis or the feed are there. Any thread.
 */
public final class Revocations implements Managed {
    private static final Logger log = LoggerFactory.getLogger(Revocations.class);

    /**
     * Everything is read again this often, and after a failed read. In between, the rows of the last ten seconds are: a row
     * may be committed after younger ones.
     */
    private static final Duration WHOLE = Duration.ofMinutes(1);

    private static final String ALL =
            "SELECT id, kind, subject, created_at, expires_at FROM live.revocation WHERE expires_at >= now()";

    private static final String RECENT = ALL + " AND created_at >= now() - interval '10 seconds'";

    /** How long the table remembers that sessions were ended. */
    private static final Duration SESSIONS_KEPT = Duration.ofMinutes(5);

    private final AuthConfiguration config;
    private final Jdbi jdbi;
    private final List<Consumer<Revocation>> listeners = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::run, "auth-revocations");

    /** What refuses tokens: by jti, and by user. */
    private volatile Map<String, Revocation> tokens = Map.of();

    private volatile Map<String, Revocation> users = Map.of();

    private Set<Long> known = Set.of();
    private volatile long wholeDue = System.nanoTime();
    private volatile boolean stopping;

    Revocations(AuthConfiguration config, Jdbi jdbi) {
        this.config = config;
        this.jdbi = jdbi;
    }

    @Override
    public void start() {
        read(false);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void stop() throws InterruptedException {
        stopping = true;
        thread.interrupt();
        thread.join();
    }

    private void run() {
        while (!stopping) {
            try {
                TimeUnit.MILLISECONDS.sleep(config.revocationPoll.toMilliseconds());
                read(true);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                wholeDue = System.nanoTime();
                log.debug("revocations not read cause=\"{}\"", e.toString());
            }
        }
    }

    /** Calls for each revocation that this node learns of, once, on any thread. */
    public void listen(Consumer<Revocation> listener) {
        listeners.add(listener);
    }

    /** Whether a valid token is refused. */
    public boolean isRevoked(TokenClaims claims) {
        Revocation ofUser = users.get(claims.userId().toString());
        return (ofUser != null && ofUser.refuses(claims))
                || claims.tokenId().map(tokens::containsKey).orElse(false);
    }

    /**
     * Revokes; when this returns, this node acts on it. Blocks; throws if the database does not answer.
     *
     * @param expiresAt until when to remember it; empty: for {@link AuthConfiguration#revocationLife}
     */
    public Revocation revokeToken(String tokenId, Optional<Instant> expiresAt) {
        return add(Revocation.Kind.TOKEN, tokenId, expiresAt.orElseGet(this::longest));
    }

    /** Revokes all tokens of a user that were issued until now; as {@link #revokeToken}. */
    public Revocation revokeUser(UUID userId) {
        return add(Revocation.Kind.USER, userId.toString(), longest());
    }

    private Instant longest() {
        return Instant.now().plus(config.revocationLife.toJavaDuration());
    }

    /** Ends the sessions that a user has open now; as {@link #revokeToken}. */
    public Revocation endSessions(UUID userId) {
        return add(Revocation.Kind.SESSIONS, userId.toString(), Instant.now().plus(SESSIONS_KEPT));
    }

    private Revocation add(Revocation.Kind kind, String subject, Instant expiresAt) {
        Revocation added = jdbi.withHandle(handle -> handle.createQuery("""
                        INSERT INTO live.revocation (kind, subject, expires_at)
                        VALUES (:kind, :subject, :expiresAt)
                        RETURNING id, kind, subject, created_at, expires_at""")
                .bind("kind", kind.name().toLowerCase(Locale.ROOT))
                .bind("subject", subject)
                .bind("expiresAt", OffsetDateTime.ofInstant(expiresAt, ZoneOffset.UTC))
                .map((row, context) -> revocation(row))
                .one());
        log.info("revoked kind={} subject={}", kind, subject);
        read(true);
        return added;
    }

    /** Reads what is new, or everything; tells the listeners of what this node had not seen. */
    private synchronized void read(boolean tell) {
        boolean whole = System.nanoTime() - wholeDue >= 0;
        List<Revocation> rows = jdbi.withHandle(handle -> {
            if (whole) {
                handle.execute("DELETE FROM live.revocation WHERE expires_at < now()");
            }
            return Statements.list(handle, whole ? ALL : RECENT, Revocations::revocation);
        });
        List<Revocation> fresh =
                rows.stream().filter(row -> !known.contains(row.id())).toList();
        if (whole) {
            replace(rows, Map.of(), Map.of(), Set.of());
            wholeDue = System.nanoTime() + WHOLE.toNanos();
        } else if (!fresh.isEmpty()) {
            replace(fresh, tokens, users, known);
        }
        if (tell) {
            fresh.forEach(row -> listeners.forEach(listener -> listener.accept(row)));
        }
    }

    private void replace(
            List<Revocation> rows, Map<String, Revocation> oldTokens, Map<String, Revocation> oldUsers, Set<Long> old) {
        Map<String, Revocation> newTokens = new HashMap<>(oldTokens);
        Map<String, Revocation> newUsers = new HashMap<>(oldUsers);
        Set<Long> newKnown = new HashSet<>(old);
        for (Revocation row : rows) {
            newKnown.add(row.id());
            if (row.kind() == Revocation.Kind.TOKEN) {
                newTokens.put(row.subject(), row);
            } else if (row.kind() == Revocation.Kind.USER) {
                newUsers.merge(row.subject(), row, (a, b) -> a.at().isAfter(b.at()) ? a : b);
            }
        }
        known = newKnown;
        tokens = newTokens;
        users = newUsers;
    }

    private static Revocation revocation(ResultSet row) throws SQLException {
        return new Revocation(
                row.getLong("id"),
                Revocation.Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
                row.getString("subject"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant());
    }
}
