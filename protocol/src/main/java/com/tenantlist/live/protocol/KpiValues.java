package com.tenantlist.live.protocol;

import java.math.BigDecimal;

/**
 * The four numbers of a dashboard.
 *
 * @param activeBusinesses businesses whose status is {@code active}
 * @param responseRate messages per invite in percent, 0 to 100, one decimal
 * @param landlordViews views over all the tenant's businesses
 * @param messagesTotal messages over all the tenant's businesses
 */
public record KpiValues(long activeBusinesses, BigDecimal responseRate, long landlordViews, long messagesTotal) {}
