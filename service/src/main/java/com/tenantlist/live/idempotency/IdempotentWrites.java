package com.tenantlist.live.idempotency;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tenantlist.live.idempotency.Answer.Written;
import com.tenantlist.live.postgres.Pools;
import com.tenantlist.live.postgres.Writes;
import com.tenantlist.live.protocol.ErrorCode;
import com.tenantlist.live.web.ApiException;
import jakarta.ws.rs.core.Response;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Writes of REST, done once for a key. */
public final class IdempotentWrites {
    /** Deleted in one transaction, and in one turn at most. */
    private static final int BATCH = 1_000;

    private static final int MAX_BATCHES = 100;

    private final double maxAgeSeconds;
    private final Jdbi live;
    private final Writes writes;
    private final ObjectMapper json;

    /** @param json what answers are written with */
    public IdempotentWrites(IdempotencyConfiguration config, Pools pools, ObjectMapper json) {
        this.maxAgeSeconds = config.maxAge.toMilliseconds() / 1e3;
        this.live = pools.live();
        this.writes = pools.writes();
        this.json = json;
    }

    /**
     * Does work of one statement, which then needs no transaction around it; after it the work must not fail.
     *
     * @see #write
     */
    public Response writeInStatement(KeyedRequest request, Function<Handle, Answer> work) {
        return request.key().isPresent()
                ? write(request, work)
                : writes.inStatement((Handle handle) -> written(work.apply(handle)))
                        .response();
    }

    /**
     * Does the work in a transaction, as {@link Writes#inTransaction} does; or, if it was done for the request's key already,
     * nothing. Waits for who is doing it, as long as for any lock.
     *
     * @param work throws if it refuses: then the key stays free
     * @return its answer, the first time or again
     * @throws ApiException if the key came with another request before
     */
    public Response write(KeyedRequest request, Function<Handle, Answer> work) {
        return writes.inTransaction((Handle handle) -> {
                    if (request.key().isEmpty()) {
                        return written(work.apply(handle));
                    }
                    if (!claim(handle, request)) {
                        return kept(handle, request);
                    }
                    Written answer = written(work.apply(handle));
                    keep(handle, request, answer);
                    return answer;
                })
                .response();
    }

    private Written written(Answer answer) {
        try {
            return new Written(
                    answer.status().getStatusCode(),
                    json.writeValueAsString(answer.envelope()),
                    answer.tag(),
                    answer.location());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Takes the key, unless it has an answer. Whichever it is, the row is this transaction's until its end. */
    private boolean claim(Handle handle, KeyedRequest request) {
        return handle.createUpdate("""
                                INSERT INTO live.idempotency AS kept (user_id, key, request) VALUES (:userId, :key, :request)
                                ON CONFLICT (user_id, key) DO UPDATE SET request = excluded.request, created_at = excluded.created_at
                                WHERE kept.created_at <= clock_timestamp() - make_interval(secs => :maxAge)""")
                        .bind("userId", request.userId())
                        .bind("key", request.key().orElseThrow())
                        .bind("request", request.digest())
                        .bind("maxAge", maxAgeSeconds)
                        .execute()
                > 0;
    }

    private static Written kept(Handle handle, KeyedRequest request) {
        Optional<Written> same = handle.createQuery("""
                        SELECT request = :request AS same, status, body, tag, location
                        FROM live.idempotency WHERE user_id = :userId AND key = :key""")
                .bind("userId", request.userId())
                .bind("key", request.key().orElseThrow())
                .bind("request", request.digest())
                .map((row, context) -> row.getBoolean("same") ? Optional.of(written(row)) : Optional.<Written>empty())
                .one();
        return same.orElseThrow(() -> new ApiException(
                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                "this " + KeyedRequest.HEADER + " came with another request before; make a new one for each write"));
    }

    private static Written written(ResultSet row) throws SQLException {
        return new Written(
                row.getInt("status"),
                row.getString("body"),
                Optional.ofNullable(row.getString("tag")),
                Optional.ofNullable(row.getString("location")));
    }

    private static void keep(Handle handle, KeyedRequest request, Written answer) {
        handle.createUpdate("""
                        UPDATE live.idempotency SET status = :status, body = :body, tag = :tag, location = :location
                        WHERE user_id = :userId AND key = :key""")
                .bind("userId", request.userId())
                .bind("key", request.key().orElseThrow())
                .bind("status", answer.status())
                .bind("body", answer.body())
                .bind("tag", answer.tag().orElse(null))
                .bind("location", answer.location().orElse(null))
                .execute();
    }

    /** Deletes what is older than its age: a part of it, if there is very much. All nodes may do so at once. */
    public void forgetOld() {
        for (int batch = 0; batch < MAX_BATCHES && forgetBatch() == BATCH; batch++) {
            // There may be more.
        }
    }

    private int forgetBatch() {
        return live.inTransaction(handle -> handle.createUpdate("""
                        DELETE FROM live.idempotency WHERE ctid = ANY (ARRAY(
                            SELECT old.ctid FROM live.idempotency old
                            WHERE old.created_at <= clock_timestamp() - make_interval(secs => :maxAge)
                            ORDER BY old.created_at LIMIT :batch FOR UPDATE SKIP LOCKED))""")
                .bind("maxAge", maxAgeSeconds)
                .bind("batch", BATCH)
                .execute());
    }
}
