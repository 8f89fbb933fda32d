package com.tenantlist.live.bus;

import java.util.UUID;

/** Is told what other nodes say. Calls come one at a time, on a thread of the Redis client; they must not block. */
public interface BusListener {
    /**
     * A message of another node. Those of one node come in the order in which it published them, each once at most.
     *
     * @throws RuntimeException if it cannot be read: it is counted and dropped, and all listeners are told that it was missed
     */
    void received(UUID node, byte[] body);

    /** Messages of that node, of any kind, were lost. */
    default void missed(UUID node) {}
}
