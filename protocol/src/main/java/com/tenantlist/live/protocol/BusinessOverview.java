package com.tenantlist.live.protocol;

import com.fasterxml.jackson.annotation.JsonUnwrapped;

/**
 * A business as full state has it: its fields, and its totals as {@code metrics}.
 *
 * @param metrics over all its days
 */
public record BusinessOverview(@JsonUnwrapped BusinessView business, MetricCounts metrics) {}
