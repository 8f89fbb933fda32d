package com.tenantlist.live.feed;

/** The database will not let us read its WAL; the message says why and what to do. */
final class ReplicationUnavailableException extends Exception {
    private static final long serialVersionUID = 1;

    ReplicationUnavailableException(String message) {
        super(message);
    }
}
