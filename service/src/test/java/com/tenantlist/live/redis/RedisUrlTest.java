package com.tenantlist.live.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisUrlTest {
    @Test
    void everyFormIsRead() {
        RedisUrl single = RedisUrl.parse("redis://cache.example:6380/2");
        assertThat(single.kind()).isEqualTo(RedisUrl.Kind.SINGLE);
        assertThat(single.uris()).containsExactly("redis://cache.example:6380");
        assertThat(single.database()).isEqualTo(2);
        assertThat(single.password()).isEmpty();

        RedisUrl tls = RedisUrl.parse("rediss://me:p%40ss+1@cache");
        assertThat(tls.uris()).containsExactly("rediss://cache:6379");
        assertThat(tls.user()).contains("me");
        assertThat(tls.password()).contains("p@ss+1");
        assertThat(tls.shown()).doesNotContain("p@ss");

        assertThat(RedisUrl.parse("redis://:secret@cache").user()).isEmpty();
        assertThat(RedisUrl.parse("redis://:secret@cache").password()).contains("secret");

        RedisUrl sentinel = RedisUrl.parse("redis-sentinel://:s@one:1,two,[::1]:3/mymaster");
        assertThat(sentinel.kind()).isEqualTo(RedisUrl.Kind.SENTINEL);
        assertThat(sentinel.uris()).containsExactly("redis://one:1", "redis://two:26379", "redis://[::1]:3");
        assertThat(sentinel.masterName()).isEqualTo("mymaster");

        RedisUrl cluster = RedisUrl.parse("rediss-cluster://one,two:7000");
        assertThat(cluster.kind()).isEqualTo(RedisUrl.Kind.CLUSTER);
        assertThat(cluster.uris()).containsExactly("rediss://one:6379", "rediss://two:7000");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "cache:6379",
                "http://cache",
                "redis://",
                "redis://one,two",
                "redis://cache:99999",
                "redis://cache:port",
                "redis://cache/name",
                "redis-sentinel://one,two",
                "redis-cluster://one/2",
                "redis://secret@word@cache"
            })
    void whatIsNoneIsRefusedWithoutItsPassword(String url) {
        assertThatThrownBy(() -> RedisUrl.parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("REDIS_URL")
                .hasMessageNotContaining("secret");
    }
}
