package com.tenantlist.live.delivery;

/**
 * Turns an event into what sinks send.
 *
 * @param <F> an encoded event; shared by all sessions of a tenant
 */
@FunctionalInterface
public interface Encoder<F> {
    /**
     * Encodes an event.
     *
     * @param revision what a client holds once it has received this event
     */
    F encode(String name, String payloadJson, long revision);
}
