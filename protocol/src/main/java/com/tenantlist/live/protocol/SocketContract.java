package com.tenantlist.live.protocol;

/** Fixed names of the socket contract. */
public final class SocketContract {
    public static final String NAMESPACE = "/dashboard";
    public static final String PATH = "/socket.io/";
    public static final String REQUEST_CURRENT_STATE = "request:current-state";
    public static final String AUTH_REFRESH = "auth:refresh";
    public static final String AUTH_EXPIRING = "auth:expiring";
    public static final String SERVER_DRAINING = "server:draining";
    public static final String SERVER_STALE = "server:stale";

    public static final String PRESENCE_UPDATE = "presence:update";
    public static final String ACCESS_TOKEN_COOKIE = "accessToken";

    private SocketContract() {}

    /** The room that all sockets of a user join. */
    public static String userRoom(Object userId) {
        return "user:" + userId;
    }
}
