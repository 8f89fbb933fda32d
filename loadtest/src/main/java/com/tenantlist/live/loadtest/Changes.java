package com.tenantlist.live.loadtest;

import java.sql.SQLException;
import java.util.UUID;

/** A way to change tenants. A tenant is changed by one worker alone, so that the order of its changes is known. */
interface Changes extends AutoCloseable {
    /** Changes a business of that tenant, and returns when it is done. */
    void change(int worker, UUID user, long due) throws Exception;

    /** Changes that were refused. */
    long failed();

    @Override
    void close() throws SQLException;
}
