package com.tenantlist.live;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.tenantlist.live.auth.AuthConfiguration;
import com.tenantlist.live.bus.BusConfiguration;
import com.tenantlist.live.dashboard.DashboardConfiguration;
import com.tenantlist.live.delivery.DeliveryConfiguration;
import com.tenantlist.live.feed.FeedConfiguration;
import com.tenantlist.live.guard.GuardConfiguration;
import com.tenantlist.live.idempotency.IdempotencyConfiguration;
import com.tenantlist.live.install.InstallConfiguration;
import com.tenantlist.live.journal.JournalConfiguration;
import com.tenantlist.live.kpi.KpiConfiguration;
import com.tenantlist.live.ops.DrainConfiguration;
import com.tenantlist.live.postgres.PostgresConfiguration;
import com.tenantlist.live.presence.PresenceConfiguration;
import com.tenantlist.live.protocol.TokenIssuer;
import com.tenantlist.live.redis.RedisConfiguration;
import com.tenantlist.live.socketio.engine.SocketServerConfiguration;
import io.dropwizard.core.Configuration;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;

/** The sections of {@code config.yml}; each is documented where it is declared, and in docs/configuration.md. */
public class LiveConfiguration extends Configuration {
    @Valid
    @NotNull
    @JsonProperty
    public PostgresConfiguration postgres = new PostgresConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public InstallConfiguration install = new InstallConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public RedisConfiguration redis = new RedisConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public AuthConfiguration auth = new AuthConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public SocketServerConfiguration sockets = new SocketServerConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public BusConfiguration bus = new BusConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public FeedConfiguration feed = new FeedConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public GuardConfiguration guard = new GuardConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public DeliveryConfiguration delivery = new DeliveryConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public JournalConfiguration journal = new JournalConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public KpiConfiguration kpis = new KpiConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public IdempotencyConfiguration idempotency = new IdempotencyConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public DashboardConfiguration dashboard = new DashboardConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public PresenceConfiguration presence = new PresenceConfiguration();

    @Valid
    @NotNull
    @JsonProperty
    public DrainConfiguration drain = new DrainConfiguration();

    /** The origins of front ends elsewhere, comma-separated; the service's own page is always allowed. */
    @NotNull
    @JsonProperty
    public String frontendUrl = "";

    /** Headers that front ends elsewhere may send besides those that the service and tracing need, comma-separated. */
    @NotNull
    @JsonProperty
    public String corsAllowedHeaders = "";

    /** The port of the service's own page, for its origin. */
    @JsonProperty
    public int appPort = 8080;

    /** What signs recovery ids. Throws IllegalArgumentException, which says what to do, if there is nothing. */
    String recoverySecret() {
        String secret = dashboard.recoverySecret.isEmpty() ? auth.secret : dashboard.recoverySecret;
        if (secret.length() < TokenIssuer.MIN_SECRET_BYTES) {
            throw new IllegalArgumentException("RECOVERY_SECRET has fewer than " + TokenIssuer.MIN_SECRET_BYTES
                    + " characters, and there is no JWT_SECRET in its place. Make one with: openssl rand -hex 32");
        }
        return secret;
    }
}
