package com.tenantlist.live.postgres;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a pooler in transaction mode, where the next transaction may be in another session. What is set with
 * {@code SET} stays behind in a session for whoever comes next, and does not come along: so every transaction, and every
 * statement outside of one, begins with our settings, for itself alone. That costs two round trips more a statement.
 *
 * <p>Results must be small enough to be taken at once: no fetch size. One thread at a time, as every connection.
 */
final class PooledTransactions implements InvocationHandler {
    private static final Map<Integer, String> ISOLATION = Map.of(
            Connection.TRANSACTION_READ_UNCOMMITTED, "READ UNCOMMITTED",
            Connection.TRANSACTION_READ_COMMITTED, "READ COMMITTED",
            Connection.TRANSACTION_REPEATABLE_READ, "REPEATABLE READ",
            Connection.TRANSACTION_SERIALIZABLE, "SERIALIZABLE");

    private final Connection connection;
    private final SessionSettings settings;
    private boolean autoCommit = true;
    private boolean begun;
    private int isolation = Connection.TRANSACTION_READ_COMMITTED;

    private PooledTransactions(Connection connection, SessionSettings settings) {
        this.connection = connection;
        this.settings = settings;
    }

    /** The same connection, with these settings in each transaction. Closing it closes that one. */
    static Connection wrap(Connection connection, SessionSettings settings) throws SQLException {
        connection.setAutoCommit(false);
        return proxy(Connection.class, new PooledTransactions(connection, settings));
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(PooledTransactions.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        return switch (method.getName()) {
            case "getAutoCommit" -> autoCommit;
            case "setAutoCommit" -> setAutoCommit((Boolean) first(arguments));
            case "getTransactionIsolation" -> isolation;
            // pgjdbc would set the session's default, and leave it there.
            case "setTransactionIsolation" -> setIsolation((Integer) first(arguments));
            case "commit", "rollback" -> {
                begun = begun && arguments != null; // to a savepoint: it goes on
                yield call(connection, method, arguments);
            }
            case "setSavepoint" -> {
                begin();
                yield call(connection, method, arguments);
            }
            case "close" -> close();
            case "createStatement" -> statement(proxy, Statement.class, call(connection, method, arguments));
            case "prepareStatement" -> statement(proxy, PreparedStatement.class, call(connection, method, arguments));
            case "prepareCall" -> statement(proxy, CallableStatement.class, call(connection, method, arguments));
            default -> call(connection, method, arguments);
        };
    }

    private @Nullable Void setIsolation(int level) {
        isolation = level;
        return null;
    }

    private static Object first(@Nullable Object @Nullable [] arguments) {
        if (arguments == null || arguments[0] == null) {
            throw new IllegalArgumentException("an argument is missing");
        }
        return arguments[0];
    }

    private @Nullable Void setAutoCommit(boolean on) throws SQLException {
        if (on && begun) {
            begun = false;
            connection.commit();
        }
        autoCommit = on;
        return null;
    }

    private void begin() throws SQLException {
        if (!begun) {
            try (Statement first = connection.createStatement()) {
                first.execute(settings.forTransaction(String.valueOf(ISOLATION.get(isolation))));
            }
            begun = true;
        }
    }

    private @Nullable Void close() throws SQLException {
        try (connection) {
            if (!connection.isClosed()) {
                if (begun) {
                    connection.rollback();
                }
                connection.setAutoCommit(true);
            }
        }
        return null;
    }

    private <T extends Statement> T statement(Object owner, Class<T> type, @Nullable Object statement) {
        return proxy(type, (proxy, method, arguments) -> {
            if (method.getName().equals("getConnection")) {
                return owner;
            }
            return method.getName().startsWith("execute")
                    ? execute(statement, method, arguments)
                    : call(statement, method, arguments);
        });
    }

    private @Nullable Object execute(@Nullable Object statement, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        try {
            begin();
            Object result = call(statement, method, arguments);
            if (autoCommit) {
                begun = false;
                connection.commit();
            }
            return result;
        } catch (Throwable e) {
            if (autoCommit) {
                end(e);
            }
            throw e;
        }
    }

    private void end(Throwable failure) {
        begun = false;
        try {
            connection.rollback();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    private static @Nullable Object call(
            @Nullable Object target, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }
}
