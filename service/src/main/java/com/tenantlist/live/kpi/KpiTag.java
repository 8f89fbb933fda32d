package com.tenantlist.live.kpi;

import com.tenantlist.live.postgres.Epoch;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ETag of a tenant's KPIs, without its quotes: {@code <epoch>-<revision>}. Another tenant's, or one of another history of the
 * database, is another tag, whatever its revision.
 *
 * @param told the epoch as the tenant's clients are told it
 */
record KpiTag(String told, long revision) {
    private static final Pattern FORM =
            Pattern.compile("([A-Za-z0-9_-]{" + Epoch.TOLD_LENGTH + "})-(0|[1-9]\\d{0,17})");

    static KpiTag of(UUID userId, KpiReading reading) {
        return new KpiTag(Epoch.told(reading.epoch(), userId), reading.revision());
    }

    /** The tag of that text; empty if it is none of these. */
    static Optional<KpiTag> find(String text) {
        Matcher tag = FORM.matcher(text);
        return tag.matches() ? Optional.of(new KpiTag(tag.group(1), Long.parseLong(tag.group(2)))) : Optional.empty();
    }

    /** Whether it is of the same history, and not older. */
    boolean reaches(KpiTag other) {
        return told.equals(other.told) && revision >= other.revision;
    }

    @Override
    public String toString() {
        return told + "-" + revision;
    }
}
