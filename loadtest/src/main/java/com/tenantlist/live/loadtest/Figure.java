package com.tenantlist.live.loadtest;

/** A number that a turn gave. */
record Figure(String name, String unit, Better better, double value) {
    /** Which way is worse. */
    enum Better {
        LOWER,
        HIGHER,
        /** It says what was done, not how well. */
        NEITHER
    }

    static Figure lower(String name, String unit, double value) {
        return new Figure(name, unit, Better.LOWER, value);
    }

    static Figure higher(String name, String unit, double value) {
        return new Figure(name, unit, Better.HIGHER, value);
    }

    static Figure count(String name, double value) {
        return new Figure(name, "", Better.NEITHER, value);
    }
}
