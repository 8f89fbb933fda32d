package com.tenantlist.live.delivery;

/**
 * Turns an event into what sinks send.
 *
 * @param <F> an encoded event; shared by all sessions of a tenant
 */
@FunctionalInterface
public interface Encoder<F> {
    F encode(String name, String payloadJson);
}
