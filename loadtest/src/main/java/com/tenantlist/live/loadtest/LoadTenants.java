package com.tenantlist.live.loadtest;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/** The load test's own tenants, and their rows while they are needed. The ids of a tenant's businesses end as the tenant's own. */
final class LoadTenants implements AutoCloseable {
    /** How names begin that tell which change gave them. */
    static final String NAME = "load-";

    /** The ids of our tenants and businesses, as a condition in SQL. */
    static final String OURS =
            "BETWEEN '4c4f4144-0000-0000-0000-000000000000' AND '4c4f4144-ffff-ffff-ffff-ffffffffffff'";

    private static final long HIGH = 0x4c4f_4144_0000_4000L;
    private static final long LOW = 0x8000_0000_0000_0000L;
    private static final int BUSINESS_SHIFT = 16;

    private final Connection connection;

    private final List<UUID> users;

    private LoadTenants(Connection connection, List<UUID> users) {
        this.connection = connection;
        this.users = users;
    }

    static UUID user(int tenant) {
        return new UUID(HIGH, LOW | tenant);
    }

    static List<UUID> users(int count) {
        List<UUID> users = new ArrayList<>();
        for (int tenant = 1; tenant <= count; tenant++) {
            users.add(user(tenant));
        }
        return Collections.unmodifiableList(users);
    }

    /** The tenant of a worker's turn: each worker has some of its own, which it takes in turn. */
    static UUID inTurn(List<UUID> users, int worker, int workers, long turn) {
        int own = (users.size() - worker + workers - 1) / workers;
        return users.get(worker + (int) (turn % own) * workers);
    }

    /** A tenant's business, from 0 (whose id is the tenant's own) to 65,535. */
    static UUID business(UUID user, int number) {
        return new UUID(HIGH | (long) number << BUSINESS_SHIFT, user.getLeastSignificantBits());
    }

    /** The name that a change gives a business. */
    static String name(long run, long sequence) {
        return NAME + run + "-" + sequence;
    }

    /** Sees to it that each tenant has so many businesses, each with a row of metrics. */
    static LoadTenants open(Target target, int tenants, int businesses) throws SQLException {
        if (target.database().isEmpty()) {
            throw new IllegalArgumentException("nobody said where the rows of " + target.name()
                    + " are; give its database by --compare-database postgresql://user@127.0.0.1:port/database");
        }
        LoadTenants rows = new LoadTenants(Database.connect(target.database()), users(tenants));
        rows.delete();
        try (PreparedStatement business = rows.connection.prepareStatement(
                        "INSERT INTO businesses (id, user_id, name, status) VALUES (?, ?, 'Load', 'active')");
                PreparedStatement metrics = rows.connection.prepareStatement(
                        "INSERT INTO business_metrics (business_id, metric_date) VALUES (?, (now() AT TIME ZONE 'UTC')::date)")) {
            rows.connection.setAutoCommit(false);
            for (UUID user : rows.users) {
                for (int number = 0; number < businesses; number++) {
                    business.setObject(1, business(user, number));
                    business.setObject(2, user);
                    business.addBatch();
                    metrics.setObject(1, business(user, number));
                    metrics.addBatch();
                }
            }
            business.executeBatch();
            metrics.executeBatch();
            rows.connection.commit();
            rows.connection.setAutoCommit(true);
        }
        return rows;
    }

    List<UUID> users() {
        return users;
    }

    private void delete() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DELETE FROM business_metrics WHERE business_id " + OURS);
            statement.execute("DELETE FROM businesses WHERE user_id " + OURS);
        }
    }

    @Override
    public void close() throws SQLException {
        try {
            delete();
        } finally {
            connection.close();
        }
    }
}
