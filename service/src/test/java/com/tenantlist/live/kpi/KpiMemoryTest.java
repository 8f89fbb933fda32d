package com.tenantlist.live.kpi;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.postgres.Snapshot;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What may be served as a tenant's newest KPIs; how several nodes use it is tried by the simulation. */
class KpiMemoryTest {
    private static final UUID USER = UUID.randomUUID();

    private final KpiMemory memory = new KpiMemory(new KpiConfiguration());

    @BeforeEach
    void everyChangeIsTold() {
        memory.look(true);
    }

    private void told(long revision) {
        told(revision, memory.sight());
    }

    private void told(long revision, long sight) {
        memory.remember(USER, "e", kpis(revision), sight);
    }

    private void read(long revision, boolean beingChanged, long sight) {
        memory.remember(USER, new KpiState("e", new Snapshot(1, 1, Set.of(), 1), kpis(revision), beingChanged), sight);
    }

    private static KpiSnapshot kpis(long revision) {
        return new KpiSnapshot(revision, new KpiSums(1, 10 * revision, 0, 0));
    }

    /** The revision that is served; 0 if none is. */
    private long served() {
        return memory.current(USER)
                .map(reading -> {
                    assertThat(reading).isEqualTo(new KpiReading("e", kpis(reading.revision())));
                    return reading.revision();
                })
                .orElse(0L);
    }

    @Test
    void theNewestIsServedHoweverItCame() {
        assertThat(served()).isZero();
        told(2);
        told(1);
        read(1, false, memory.sight());
        memory.seen(USER, 2);
        assertThat(served()).isEqualTo(2);
        read(3, false, memory.sight());
        assertThat(served()).isEqualTo(3);
    }

    @Test
    void whatIsKnownToBeThereButNotWhatItIsIsNotServed() {
        told(2);
        memory.seen(USER, 3);
        told(2);
        assertThat(served()).isZero();
        told(3);
        assertThat(served()).isEqualTo(3);
    }

    @Test
    void whatMayBeChangedAtThatMomentIsNotServed() {
        read(2, true, memory.sight());
        assertThat(served()).isZero();
        told(1);
        assertThat(served()).as("older than what was read").isZero();
        read(2, false, memory.sight());
        assertThat(served()).isEqualTo(2);
    }

    @Test
    void nothingIsServedWhileChangesMayGoByUnseen() {
        told(2);
        memory.look(false);
        assertThat(served()).isZero();
        told(3);
        read(3, false, memory.sight());
        assertThat(served()).isZero();
        memory.look(true);
        assertThat(served()).isZero();
    }

    @Test
    void whatWasKnownBeforeAnotherSightBeganIsNotServedNorWhatIsOlder() {
        for (Runnable another : new Runnable[] {
            () -> memory.look(true), memory::missed, memory::distrust, () -> memory.adoptCacheGeneration("another")
        }) {
            told(5);
            long before = memory.sight();
            another.run();
            assertThat(served()).isZero();
            told(6, before);
            told(5);
            assertThat(served()).as("6 was told before").isZero();
            read(6, false, memory.sight());
            assertThat(served()).isEqualTo(6);
            told(5, before);
            assertThat(served()).isEqualTo(6);
        }
    }

    @Test
    void theSameGenerationAgainIsNoNews() {
        told(2);
        memory.adoptCacheGeneration(memory.cacheGeneration());
        assertThat(served()).isEqualTo(2);
    }

    @Test
    void missedAndDistrustedBeginNoSightWhereThereIsNone() {
        memory.look(false);
        memory.missed();
        memory.distrust();
        assertThat(memory.sight()).isEqualTo(KpiMemory.NO_SIGHT);
    }
}
