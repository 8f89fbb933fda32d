package com.tenantlist.live.feed;

/** We are not let read the WAL, or cannot use it; the message says why and what to do. */
final class ReplicationUnavailableException extends Exception {
    private static final long serialVersionUID = 1;

    ReplicationUnavailableException(String message) {
        super(message);
    }
}
