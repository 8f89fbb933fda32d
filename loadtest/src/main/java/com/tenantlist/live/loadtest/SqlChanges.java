package com.tenantlist.live.loadtest;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** One-row updates of metrics, each committed by itself; a connection a worker. Each is one revision of its tenant. */
final class SqlChanges implements Changes {
    private final List<Connection> connections = new ArrayList<>();
    private final List<PreparedStatement> updates = new ArrayList<>();
    private final Map<UUID, Long> revisions = new ConcurrentHashMap<>();
    private final Commits commits;

    private SqlChanges(Commits commits) {
        this.commits = commits;
    }

    static SqlChanges open(Target target, int workers, List<UUID> users, Commits commits) throws SQLException {
        SqlChanges changes = new SqlChanges(commits);
        for (int i = 0; i < workers; i++) {
            Connection connection = Database.connect(target.database());
            connection.setAutoCommit(false);
            changes.connections.add(connection);
            changes.updates.add(connection.prepareStatement(
                    "UPDATE business_metrics SET views_count = views_count + 1 WHERE business_id = ?"));
        }
        Connection first = changes.connections.get(0);
        try (PreparedStatement revision =
                first.prepareStatement("SELECT revision FROM live.tenant_kpis WHERE user_id = ?")) {
            for (UUID user : users) {
                revision.setObject(1, user);
                try (ResultSet row = revision.executeQuery()) {
                    changes.revisions.put(user, row.next() ? row.getLong(1) : 0L);
                }
            }
        }
        first.commit();
        return changes;
    }

    @Override
    public void change(int worker, UUID user, long due) throws SQLException {
        PreparedStatement update = updates.get(worker);
        update.setObject(1, user);
        update.executeUpdate();
        // The revision is given at COMMIT, the tenant's next.
        commits.sending(user, revisions.merge(user, 1L, Long::sum), due);
        connections.get(worker).commit();
    }

    @Override
    public long failed() {
        return 0;
    }

    @Override
    public void close() throws SQLException {
        for (Connection connection : connections) {
            connection.rollback();
            connection.close();
        }
    }
}
