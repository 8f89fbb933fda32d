package com.tenantlist.live.delivery;

import com.tenantlist.live.journal.JournalEvent;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.protocol.EventType;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event of a history of the database, with its encodings, each made once, when first needed. Many threads may race to
 * make the same value.
 */
final class Recent<F> {
    private final String epoch;
    private final JournalEvent event;
    private final Encoder<F> encoder;
    private volatile @Nullable F frame;
    private volatile @Nullable F kpiFrame;

    Recent(String epoch, JournalEvent event, Encoder<F> encoder) {
        this.epoch = epoch;
        this.event = event;
        this.encoder = encoder;
    }

    String epoch() {
        return epoch;
    }

    long revision() {
        return event.revision();
    }

    EventType type() {
        return event.type();
    }

    KpiSums sums() {
        return event.sums();
    }

    /** The event itself. */
    F frame() {
        F made = frame;
        if (made == null) {
            made = encoder.encode(event.type().wireName(), event.payloadJson(), event.revision());
            frame = made;
        }
        return made;
    }

    /** The {@code kpi:update} with the values after this event. */
    F kpiFrame() {
        F made = kpiFrame;
        if (made == null) {
            made = encoder.encode(
                    EventType.KPI_UPDATE.wireName(),
                    Payloads.kpiUpdate(event.sums(), event.revision(), Instant.now()),
                    event.revision());
            kpiFrame = made;
        }
        return made;
    }
}
