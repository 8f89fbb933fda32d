package com.tenantlist.live.cli;

import java.util.UUID;

/** Makes changes, one way or another. Any thread; blocks until the change is committed. */
interface Changer extends AutoCloseable {
    /** @throws CliException if it was not made */
    void change(UUID userId, Change change, long number);

    @Override
    void close();
}
