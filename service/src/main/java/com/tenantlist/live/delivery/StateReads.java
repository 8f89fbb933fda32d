package com.tenantlist.live.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tenant's state, read for all of its sessions that ask: one read at a time, which answers every question that came before
 * it began. Who asks while one is under way waits for the next: no answer is older than its question. So a user's sockets
 * cost a read after another, however many they are and however often they ask. Any thread.
 */
final class StateReads<F> {
    private static final Logger log = LoggerFactory.getLogger(StateReads.class);

    private final UUID userId;
    private final int most;
    private List<Question<F>> waiting = new ArrayList<>();

    /** Whether a read is under way, or waits for its thread. */
    private boolean busy;

    /**
     * Who asks.
     *
     * @param full whether for the businesses too
     * @param stands whether anybody waits for the answer still
     * @param then gets the answer, on the reader's thread
     * @param failed called instead, on any thread, if there is none
     */
    record Question<F>(boolean full, BooleanSupplier stands, Consumer<StateAnswer<F>> then, Runnable failed) {}

    /** What a read runs on, and how. */
    interface Reader<F> {
        /** Runs a task that blocks; false if too many wait. */
        boolean execute(UUID userId, Runnable read);

        /** Blocks; throws an unchecked exception if the database does not answer. */
        StateAnswer<F> read(UUID userId, boolean full);
    }

    StateReads(UUID userId, int most) {
        this.userId = userId;
        this.most = most;
    }

    void ask(Question<F> question, Reader<F> reader) {
        boolean taken;
        boolean first;
        synchronized (this) {
            taken = waiting.size() < most && waiting.add(question);
            first = taken && !busy;
            busy |= taken;
        }
        if (first) {
            execute(reader);
        } else if (!taken) {
            question.failed().run();
        }
    }

    private void execute(Reader<F> reader) {
        if (!reader.execute(userId, () -> read(reader))) {
            List<Question<F>> refused;
            synchronized (this) {
                busy = false;
                refused = takeWaiting();
            }
            refused.forEach(question -> question.failed().run());
        }
    }

    private void read(Reader<F> reader) {
        List<Question<F>> asked;
        synchronized (this) {
            asked = takeWaiting();
        }
        asked.removeIf(question -> !question.stands().getAsBoolean());
        if (!asked.isEmpty()) {
            answer(asked, reader);
        }
        synchronized (this) {
            if (waiting.isEmpty()) {
                busy = false;
                return;
            }
        }
        execute(reader);
    }

    private void answer(List<Question<F>> asked, Reader<F> reader) {
        StateAnswer<F> answer;
        try {
            answer = reader.read(userId, asked.stream().anyMatch(Question::full));
        } catch (RuntimeException e) {
            log.debug("state not read cause=\"{}\"", e.toString());
            asked.forEach(question -> question.failed().run());
            return;
        }
        for (Question<F> question : asked) {
            try {
                question.then().accept(answer);
            } catch (RuntimeException e) {
                log.error("state not taken", e); // the others shall have it all the same
            }
        }
    }

    private List<Question<F>> takeWaiting() {
        List<Question<F>> taken = waiting;
        waiting = new ArrayList<>();
        return taken;
    }
}
