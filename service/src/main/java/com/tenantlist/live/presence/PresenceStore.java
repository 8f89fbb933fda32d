package com.tenantlist.live.presence;

import com.tenantlist.live.redis.Redis;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

/**
 * Presence in Redis. {@code <prefix>nodes} is a sorted set of nodes (id, a space, name) by the time at which they expire;
 * {@code <prefix><userId>} is a hash of connections by node id. A count of a node that is not alive does
 * not count. Each script touches one key, so a cluster can run it. Blocks; any thread.
 */
final class PresenceStore {
    private static final long LIMIT_MILLIS = 2_000;

    private final Redis redis;
    private final PresenceConfiguration config;
    private final String alive = script("alive.lua");
    private final String count = script("count.lua");

    /**
     * Who is there.
     *
     * @param missing whether the asking node was not: it is new, it was away too long, or Redis lost everything
     * @param names of the nodes that are alive
     */
    record Nodes(boolean missing, Map<UUID, String> names) {}

    PresenceStore(Redis redis, PresenceConfiguration config) {
        this.redis = redis;
        this.config = config;
    }

    private static String script(String name) {
        try (InputStream in = PresenceStore.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Says that a node is there; empty if Redis does not answer. */
    Optional<Nodes> stay(UUID node, String name) {
        return sayAlive(node, name, config.nodeExpiry.toMilliseconds());
    }

    /** Says that it goes. */
    void leave(UUID node, String name) {
        sayAlive(node, name, 0);
    }

    private Optional<Nodes> sayAlive(UUID node, String name, long lifeMillis) {
        return redis.ask(
                        client -> eval(client, alive, config.keyPrefix + "nodes", node + " " + name, lifeMillis),
                        LIMIT_MILLIS)
                .map(answer -> {
                    Map<UUID, String> names = new HashMap<>();
                    for (String member : answer.subList(1, answer.size())) {
                        names.put(UUID.fromString(member.substring(0, member.indexOf(' '))), member.substring(37));
                    }
                    return new Nodes(answer.get(0).equals("1"), names);
                });
    }

    /** Writes a node's counts; answers all nodes' of those users. Empty if Redis does not answer. */
    Optional<Map<UUID, Map<UUID, Integer>>> write(UUID node, Map<UUID, Integer> counts) {
        return all(
                counts.keySet(),
                (client, user) -> eval(
                        client,
                        count,
                        config.keyPrefix + user,
                        node,
                        counts.getOrDefault(user, 0),
                        config.userExpiry.toSeconds()));
    }

    /** All nodes' counts of those users. Empty if Redis does not answer. */
    Optional<Map<UUID, Map<UUID, Integer>>> read(Collection<UUID> users) {
        return all(
                users,
                (client, user) -> client.<String, String>getMap(config.keyPrefix + user, StringCodec.INSTANCE)
                        .readAllMapAsync()
                        .thenApply(map -> map.entrySet().stream()
                                .flatMap(entry -> List.of(entry.getKey(), entry.getValue()).stream())
                                .toList()));
    }

    /** The counts of nodes that are not alive any more go. */
    void forget(UUID user, Collection<UUID> dead) {
        redis.tell(
                client -> client.<String, String>getMap(config.keyPrefix + user, StringCodec.INSTANCE)
                        .fastRemoveAsync(dead.stream().map(UUID::toString).toArray(String[]::new)),
                () -> {});
    }

    private Optional<Map<UUID, Map<UUID, Integer>>> all(
            Collection<UUID> users, BiFunction<RedissonClient, UUID, CompletionStage<List<String>>> question) {
        Map<UUID, Map<UUID, Integer>> answers = new HashMap<>();
        return redis.ask(
                client -> {
                    Map<UUID, CompletableFuture<List<String>>> asked = new HashMap<>();
                    users.forEach(
                            user -> asked.put(user, question.apply(client, user).toCompletableFuture()));
                    return CompletableFuture.allOf(asked.values().toArray(CompletableFuture<?>[]::new))
                            .thenApply(done -> {
                                asked.forEach((user, answer) -> answers.put(user, counts(answer.join())));
                                return answers;
                            });
                },
                LIMIT_MILLIS);
    }

    private static CompletionStage<List<String>> eval(
            RedissonClient client, String script, String key, Object... values) {
        return client.getScript(StringCodec.INSTANCE)
                .evalAsync(
                        RScript.Mode.READ_WRITE,
                        script,
                        RScript.ReturnType.LIST,
                        List.of(key),
                        java.util.Arrays.stream(values).map(String::valueOf).toArray());
    }

    private static Map<UUID, Integer> counts(List<String> hash) {
        Map<UUID, Integer> counts = new HashMap<>();

        for (int i = 0; i + 1 < hash.size(); i += 2) {
            counts.put(UUID.fromString(hash.get(i)), Integer.valueOf(hash.get(i + 1)));
        }
        return counts;
    }
}
