package com.tenantlist.live.delivery;

import com.tenantlist.live.kpi.KpiState;
import java.util.UUID;

/** Reads what a dashboard shows. Any thread; blocks; throws an unchecked exception if the database does not answer. */
public interface StateReader {
    /** Everything, as of one moment. */
    CurrentState read(UUID userId);

    /** The same without the businesses. */
    KpiState readKpis(UUID userId);

    /** Starts a new epoch, if it is the known one still; returns the current one. */
    String renewEpoch(String known);
}
