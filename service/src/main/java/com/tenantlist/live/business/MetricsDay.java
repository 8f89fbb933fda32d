package com.tenantlist.live.business;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.tenantlist.live.protocol.MetricCounts;
import java.time.LocalDate;

/** A business's counts of one day. */
public record MetricsDay(LocalDate date, @JsonUnwrapped MetricCounts counts) {}
