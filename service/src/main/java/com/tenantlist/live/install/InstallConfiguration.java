package com.tenantlist.live.install;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.util.Duration;
import io.dropwizard.validation.MinDuration;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.util.concurrent.TimeUnit;

/** How the commands {@code db …} go about the platform's database. */
public class InstallConfiguration {
    /**
     * The role without login that is to own schema {@code live}. It is made if it is missing and the migrating role may make
     * it; otherwise, or if this is empty, the migrating role owns the schema.
     */
    @NotNull
    @JsonProperty
    public String owner = "tenantlist_live";

    /** How long to wait for a lock at a time: writers that come meanwhile wait behind us. */
    @NotNull
    @MinDuration(value = 1, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration lockTimeout = Duration.milliseconds(50);

    /** How long to try for one lock again and again, and how long an index waits for transactions that began before it. */
    @NotNull
    @MinDuration(value = 1, unit = TimeUnit.MILLISECONDS)
    @JsonProperty
    public Duration patience = Duration.minutes(5);

    /** Tenants a transaction of the backfill. */
    @Min(1)
    @JsonProperty
    public int backfillTenants = 100;

    /**
     * Whether to install though a publication of the platform is {@code FOR ALL TABLES}: its subscriptions stop unless their
     * databases have schema {@code live} too.
     */
    @JsonProperty
    public boolean allTablesPublished;
}
