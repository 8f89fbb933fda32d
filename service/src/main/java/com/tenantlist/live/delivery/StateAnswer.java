package com.tenantlist.live.delivery;

import com.tenantlist.live.kpi.KpiState;
import com.tenantlist.live.protocol.EventType;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A state that was read once for all who waited for it.
 *
 * @param full what full state is sent as; null if the businesses were not read
 */
record StateAnswer<F>(KpiState state, @Nullable Full<F> full) {

    /** Full state, made once for all who get it: two frames, and the payload of the second for acknowledgements. */
    record Full<F>(F kpiUpdate, F reconnected, String reconnectedJson) {}

    static <F> StateAnswer<F> ofKpis(KpiState state) {
        return new StateAnswer<>(state, null);
    }

    static <F> StateAnswer<F> ofAll(UUID userId, CurrentState all, Encoder<F> encoder) {
        KpiState state = all.tenant();
        long revision = state.kpis().revision();
        String kpiUpdate = Payloads.kpiUpdate(state.kpis().sums(), revision, Instant.now());
        String reconnected = Payloads.fullState(userId, all);
        return new StateAnswer<>(
                state,
                new Full<>(
                        encoder.encode(EventType.KPI_UPDATE.wireName(), kpiUpdate, revision),
                        encoder.encode(EventType.RECONNECTED.wireName(), reconnected, revision),
                        reconnected));
    }
}
