package com.tenantlist.live.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.tenantlist.live.delivery.Delivery;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Delivery and the feed's protocol under many schedules of their threads. A failing seed is replayed, with every step as it
 * was, by {@code -Dsimulation.seed=… -Dsimulation.schedules=1}; with {@code -Dsimulation.told=true} it says what happens.
 */
class SimulationTest {
    private static final long SEED = Long.getLong("simulation.seed", System.currentTimeMillis() * 1_000_000);
    private static final int SCHEDULES = Integer.getInteger("simulation.schedules", 100_000);
    private static final int SHOWN = 10;

    static {
        // A schedule is full of what they warn of.
        ((Logger) LoggerFactory.getLogger(Delivery.class.getPackageName())).setLevel(Level.OFF);
    }

    @Test
    void everyDashboardShowsWhatIsTrueOnceAndInOrder() {
        List<String> faults = LongStream.range(SEED, SEED + SCHEDULES)
                .parallel()
                .mapToObj(seed -> {
                    String fault = new Simulation(seed).run().fault();
                    return fault.isEmpty() ? "" : "seed " + seed + ": " + fault;
                })
                .filter(fault -> !fault.isEmpty())
                .limit(SHOWN)
                .toList();
        System.out.println("simulated " + SCHEDULES + " schedules from seed " + SEED);
        assertThat(faults).isEmpty();
    }

    @Test
    void aSeedReplaysExactly() {
        for (long seed = SEED; seed < SEED + 100; seed++) {
            assertThat(new Simulation(seed).run()).isEqualTo(new Simulation(seed).run());
        }
    }
}
