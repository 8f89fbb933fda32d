package com.tenantlist.live.kpi;

import com.tenantlist.live.protocol.KpiValues;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The sums that the four KPIs follow from, as they stand in {@code live.tenant_kpis} and in every journal event. */
public record KpiSums(long activeBusinesses, long landlordViews, long messagesTotal, long invitesTotal) {
    public static final KpiSums ZERO = new KpiSums(0, 0, 0, 0);

    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    /** Of a row that has the columns of {@code live.tenant_kpis}; zeros of nulls. */
    public static KpiSums of(ResultSet row) throws SQLException {
        return new KpiSums(
                row.getLong("active_businesses"),
                row.getLong("landlord_views"),
                row.getLong("messages_total"),
                row.getLong("invites_total"));
    }

    /**
     * The KPIs. The response rate is min(100, 100 · messages ÷ invites) with one decimal, half up; 0 when there are no
     * invites.
     */
    public KpiValues values() {
        return new KpiValues(activeBusinesses, responseRate(), landlordViews, messagesTotal);
    }

    /** {@link #values} as clients get them. */
    public String json() {
        return "{\"activeBusinesses\":" + activeBusinesses + ",\"responseRate\":"
                + responseRate().toPlainString() + ",\"landlordViews\":" + landlordViews + ",\"messagesTotal\":"
                + messagesTotal + "}";
    }

    private BigDecimal responseRate() {
        if (invitesTotal <= 0) {
            return BigDecimal.ZERO;
        }
        BigDecimal rate = HUNDRED.multiply(BigDecimal.valueOf(messagesTotal))
                .divide(BigDecimal.valueOf(invitesTotal), 1, RoundingMode.HALF_UP)
                .min(HUNDRED)
                .max(BigDecimal.ZERO);
        return rate.signum() == 0 ? BigDecimal.ZERO : rate.stripTrailingZeros().scale() <= 0 ? rate.setScale(0) : rate;
    }
}
