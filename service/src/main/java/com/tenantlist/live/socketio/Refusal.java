package com.tenantlist.live.socketio;

/** A CONNECT that is refused: the client gets {@code {"message", "data":{"code"}}} in CONNECT_ERROR. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String code;

    /**
     * Refuses.
     *
     * @param code for programs, for example {@code TOKEN_EXPIRED}
     * @param message for people, without secrets
     */
    public Refusal(String code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    public String code() {
        return code;
    }
}
