package com.tenantlist.live.loadtest;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/** Connects to a database by the URL that {@code psql} takes. */
final class Database {
    private static final int DEFAULT_PORT = 5432;

    private Database() {}

    /** Connects to {@code postgresql://user:password@host:port/database}, on this machine only. */
    static Connection connect(String database) throws SQLException {
        URI url = Loopback.check("--database", URI.create(database));
        String[] login = (url.getUserInfo() == null ? "postgres" : url.getUserInfo()).split(":", 2);
        Properties properties = new Properties();
        properties.setProperty("user", login[0]);
        properties.setProperty("password", login.length > 1 ? login[1] : "");
        int port = url.getPort() < 0 ? DEFAULT_PORT : url.getPort();
        return DriverManager.getConnection(
                "jdbc:postgresql://" + url.getHost() + ":" + port + url.getPath(), properties);
    }
}
