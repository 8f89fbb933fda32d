package com.tenantlist.live.install;

/**
 * What a rebuild did.
 *
 * @param tenants looked at
 * @param businesses whose owner or shown columns were corrected
 * @param metrics businesses whose counts were corrected
 * @param kpis tenants whose sums were corrected though their businesses were right
 */
public record Rebuilt(long tenants, long businesses, long metrics, long kpis) {
    static final Rebuilt NOTHING = new Rebuilt(0, 0, 0, 0);

    Rebuilt plus(Rebuilt other) {
        return new Rebuilt(
                tenants + other.tenants, businesses + other.businesses, metrics + other.metrics, kpis + other.kpis);
    }

    @Override
    public String toString() {
        return "tenants=" + tenants + " corrected: businesses=" + businesses + " metrics=" + metrics + " kpis=" + kpis;
    }
}
