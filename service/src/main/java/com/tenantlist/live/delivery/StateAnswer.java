package com.tenantlist.live.delivery;

import com.tenantlist.live.protocol.EventType;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A state that was read once for all who waited for it.
 *
 * @param full what full state is sent as; null if the businesses were not read
 */
record StateAnswer<F>(CurrentState state, @Nullable Full<F> full) {

    /** Full state, made once for all who get it: two frames, and the payload of the second for acknowledgements. */
    record Full<F>(F kpiUpdate, F reconnected, String reconnectedJson) {}

    static <F> StateAnswer<F> ofKpis(CurrentState state) {
        return new StateAnswer<>(state, null);
    }

    static <F> StateAnswer<F> ofAll(UUID userId, CurrentState state, Encoder<F> encoder) {
        long revision = state.kpis().revision();
        String kpiUpdate = Payloads.kpiUpdate(state.kpis().sums(), revision, Instant.now());
        String reconnected = Payloads.fullState(userId, state);
        return new StateAnswer<>(
                state,
                new Full<>(
                        encoder.encode(EventType.KPI_UPDATE.wireName(), kpiUpdate, revision),
                        encoder.encode(EventType.RECONNECTED.wireName(), reconnected, revision),
                        reconnected));
    }
}
