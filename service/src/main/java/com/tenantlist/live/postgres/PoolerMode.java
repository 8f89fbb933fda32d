package com.tenantlist.live.postgres;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether something stands before the database that gives each transaction another session. */
public enum PoolerMode {
    /** Found out: a pooler gives clients another process id than the session has. */
    @JsonProperty("auto")
    AUTO,
    /** There is one, such as PgBouncer with {@code pool_mode = transaction}. */
    @JsonProperty("transaction")
    TRANSACTION,
    /** There is none. */
    @JsonProperty("none")
    NONE
}
