package com.tenantlist.live.postgres;

import io.dropwizard.db.ManagedDataSource;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** A pool of ours in front of a pooler: its connections are {@link PooledTransactions}. */
final class PooledDataSource implements ManagedDataSource {
    private final ManagedDataSource source;
    private final SessionSettings settings;

    PooledDataSource(ManagedDataSource source, SessionSettings settings) {
        this.source = source;
        this.settings = settings;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return PooledTransactions.wrap(source.getConnection(), settings);
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("the user is part of DATABASE_URL");
    }

    @Override
    public void start() throws Exception {
        source.start();
    }

    @Override
    public void stop() throws Exception {
        source.stop();
    }

    @Override
    public @Nullable PrintWriter getLogWriter() throws SQLException {
        return source.getLogWriter();
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter writer) throws SQLException {
        source.setLogWriter(writer);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        source.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return source.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return source.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return source.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return source.isWrapperFor(type);
    }
}
