package com.tenantlist.live.postgres;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;

/**
 * Statements by the driver alone, on a handle's connection: for what is asked with every call of REST, or all the time. JDBI copies its whole
 * configuration for each statement, and times it, which this does not. The thread that has the handle.
 */
public final class Statements {
    private Statements() {}

    /** Reads what a row is. */
    public interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** What the first row is, as {@link #list} reads it; empty if there is none. */
    public static <T> Optional<T> findOne(Handle handle, String sql, RowReader<T> reader, @Nullable Object... values) {
        return list(handle, sql, reader, values).stream().findFirst();
    }

    /**
     * What the rows are, in their order.
     *
     * @param values of the question marks, in their order; a null is of a text
     * @throws UnableToExecuteStatementException by the {@link SQLException}, as JDBI's own statements do
     */
    public static <T> List<T> list(Handle handle, String sql, RowReader<T> reader, @Nullable Object... values) {
        try (PreparedStatement statement = handle.getConnection().prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                // Of one type whatever the value: else the driver would have each parsed anew.
                if (values[i] == null) {
                    statement.setNull(i + 1, Types.VARCHAR);
                } else {
                    statement.setObject(i + 1, values[i]);
                }
            }
            List<T> found = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(reader.read(row));
                }
            }
            return found;
        } catch (SQLException e) {
            throw new UnableToExecuteStatementException(String.valueOf(e.getMessage()), e, null);
        }
    }
}
