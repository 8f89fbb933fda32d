package com.tenantlist.live.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.kpi.KpiSnapshot;
import com.tenantlist.live.kpi.KpiState;
import com.tenantlist.live.kpi.KpiSums;
import com.tenantlist.live.postgres.Snapshot;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Reads run when the test says so, one after another. */
class StateReadsTest {
    private final StateReads<String> reads = new StateReads<>(UUID.randomUUID(), 3);
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<Boolean> full = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private Runnable duringRead = () -> {};
    private boolean refuses;
    private boolean fails;
    private long revision;

    private final StateReads.Reader<String> reader = new StateReads.Reader<>() {
        @Override
        public boolean execute(UUID userId, Runnable read) {
            return !refuses && tasks.add(read);
        }

        @Override
        public StateAnswer<String> read(UUID userId, boolean all) {
            full.add(all);
            if (fails) {
                throw new IllegalStateException("the database is away");
            }
            KpiState state = new KpiState(
                    "e1", new Snapshot(3, 3, Set.of(), 3), new KpiSnapshot(++revision, KpiSums.ZERO), false);
            duringRead.run();
            return all
                    ? StateAnswer.ofAll(userId, new CurrentState(state, "[]"), (name, payload, at) -> name + " " + at)
                    : StateAnswer.ofKpis(state);
        }
    };

    private void ask(String name, boolean all, boolean stands) {
        reads.ask(
                new StateReads.Question<>(
                        all,
                        () -> stands,
                        answer -> answers.add(name + " " + answer.state().kpis().revision()),
                        () -> answers.add(name + " failed")),
                reader);
    }

    private void runAll() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    @Test
    void whoAskedBeforeAReadSharesIt() {
        ask("a", false, true);
        ask("b", true, true);
        ask("c", false, true);
        assertThat(tasks).hasSize(1);
        runAll();
        assertThat(answers).containsExactly("a 1", "b 1", "c 1");
        assertThat(full).as("one read, for the one that wants everything too").containsExactly(true);
    }

    @Test
    void whoAsksDuringAReadGetsTheNext() {
        duringRead = () -> {
            duringRead = () -> {};
            ask("late", false, true);
            assertThat(tasks).as("one at a time").isEmpty();
        };
        ask("early", true, true);
        runAll();
        assertThat(answers).containsExactly("early 1", "late 2");
        assertThat(full).containsExactly(true, false);
    }

    @Test
    void whatIsGoneCostsNothing() {
        ask("gone", true, false);
        runAll();
        assertThat(full).isEmpty();
        ask("here", false, true);
        ask("gone", true, false);
        runAll();
        assertThat(answers).containsExactly("here 1");
        assertThat(full).containsExactly(false);
    }

    @Test
    void whatCannotBeAskedOrAnsweredIsSaid() {
        for (String name : List.of("a", "b", "c", "d")) {
            ask(name, false, true);
        }
        assertThat(answers).as("the fourth that waits").containsExactly("d failed");
        fails = true;
        runAll();
        assertThat(answers).containsExactly("d failed", "a failed", "b failed", "c failed");
        refuses = true;
        ask("e", false, true);
        assertThat(answers).endsWith("e failed");
        refuses = false;
        fails = false;
        ask("f", false, true);
        runAll();
        assertThat(answers).endsWith("f 1");
    }
}
