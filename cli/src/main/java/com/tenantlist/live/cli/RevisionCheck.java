package com.tenantlist.live.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether every revision came once and in order. A jump is right only with full state. Not safe for use by many threads:
 * its user serializes the calls.
 */
final class RevisionCheck {
    private @Nullable String epoch;
    private long revision;
    private long first = -1;
    private long events;
    private long kpiUpdates;
    private long states;
    private long lost;
    private long duplicates;
    private long outOfOrder;

    /** The client has connected, and the answer to what it asked then has not come. */
    private boolean awaitingState;

    /** The epoch of the last state; empty before there was one. */
    Optional<String> epoch() {
        return Optional.ofNullable(epoch);
    }

    /**
     * A connection opened, on which the client asks for what it missed. A server that is asked late may have begun with what is
     * new; the client takes none of that, and has it again, in its place, by the answer.
     */
    void connected() {
        awaitingState = true;
    }

    /** An event came, whichever; true if some before it are missing and must be asked for. */
    boolean received(String name, JsonNode payload) {
        long newRevision = payload.path("revision").asLong(-1);
        switch (name) {
            case "reconnected" ->
                state(
                        newRevision,
                        payload.path("epoch").asText(),
                        payload.path("recovered").asBoolean());
            case "kpi:update" -> kpis(newRevision);
            case "business:created", "business:updated", "business:deleted", "metrics:updated" -> {
                return event(newRevision);
            }
            default -> {
                // Of no revision.
            }
        }
        return false;
    }

    /** {@code reconnected} came. */
    void state(long newRevision, String newEpoch, boolean recovered) {
        states++;
        awaitingState = false;
        if (recovered && newRevision != revision) {
            // It says we have everything up to there; we do not.
            lost += Math.max(0, newRevision - revision);
            outOfOrder += newRevision < revision ? 1 : 0;
        }
        if (!recovered && newEpoch.equals(epoch) && newRevision < revision) {
            outOfOrder++;
        }
        epoch = newEpoch;
        revision = newRevision;
    }

    /** {@code kpi:update} came: it repeats the revision of the last event, or announces the state that follows. */
    void kpis(long newRevision) {
        kpiUpdates++;
        if (epoch != null && newRevision < revision) {
            outOfOrder++;
        }
    }

    /** An event came; true if some before it are missing and must be asked for. */
    boolean event(long newRevision) {
        events++;
        if (first < 0) {
            first = newRevision;
        }
        if (epoch == null) {
            // Before the first state there is nothing to compare with.
            revision = newRevision;
            return false;
        }
        if (newRevision == revision + 1) {
            revision = newRevision;
            return false;
        }
        if (newRevision <= revision) {
            duplicates++;
            return false;
        }
        if (awaitingState) {
            return false;
        }
        lost += newRevision - revision - 1;
        revision = newRevision;
        return true;
    }

    boolean holds() {
        return lost == 0 && duplicates == 0 && outOfOrder == 0;
    }

    /** The account in words. */
    String words() {
        return "revisions " + (first < 0 ? "-" : first) + " to " + (first < 0 ? "-" : revision) + ": events=" + events
                + " kpiUpdates=" + kpiUpdates + " states=" + states + " lost=" + lost + " duplicates=" + duplicates
                + " outOfOrder=" + outOfOrder;
    }

    Map<String, Object> summary() {
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("held", holds());
        summary.put("first", first < 0 ? null : first);
        summary.put("last", first < 0 ? null : revision);
        summary.put("events", events);
        summary.put("kpiUpdates", kpiUpdates);
        summary.put("states", states);
        summary.put("lost", lost);
        summary.put("duplicates", duplicates);
        summary.put("outOfOrder", outOfOrder);
        return summary;
    }
}
