package com.tenantlist.live.feed;

/** Another connection owns the slot. */
final class SlotTakenException extends Exception {
    private static final long serialVersionUID = 1;
}
