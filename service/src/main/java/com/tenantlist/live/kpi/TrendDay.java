package com.tenantlist.live.kpi;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.tenantlist.live.protocol.KpiValues;
import java.time.LocalDate;

/**
 * One day's KPIs. Views, messages and response rate are of that day alone; active businesses are those that are active
 * today and existed by that day (the platform keeps no history of status).
 */
public record TrendDay(LocalDate date, @JsonUnwrapped KpiValues kpis) {}
