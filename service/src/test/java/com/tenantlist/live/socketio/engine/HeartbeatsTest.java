package com.tenantlist.live.socketio.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two queues and a timer, on a real event loop. */
class HeartbeatsTest {
    private static final int MANY = 5_000;
    private static final long INTERVAL_MILLIS = 320;
    private static final long TIMEOUT_MILLIS = 200;

    /** A part of the interval, by which a ping may come earlier. */
    private static final long EARLY_MILLIS = 10;

    private final AtomicInteger timers = new AtomicInteger();
    private final EventLoop loop = new DefaultEventLoop() {
        @Override
        public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
            timers.incrementAndGet();
            return super.schedule(command, delay, unit);
        }
    };
    private final Heartbeats heartbeats = new Heartbeats(loop, INTERVAL_MILLIS, TIMEOUT_MILLIS);
    private final List<Integer> pinged = new CopyOnWriteArrayList<>();
    private final List<Integer> ended = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private final class Client extends Heartbeats.Heart {
        private final int number;
        private final boolean answers;
        private long since;
        private long shortestMillis = Long.MAX_VALUE;

        Client(int number, boolean answers) {
            this.number = number;
            this.answers = answers;
        }

        void begin() {
            since = System.nanoTime();
            heartbeats.begin(this);
        }

        @Override
        void ping() {
            shortestMillis = Math.min(shortestMillis, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
            since = System.nanoTime();
            pinged.add(number);
            if (answers) {
                loop.execute(this::begin);
            }
        }

        @Override
        void silent() {
            shortestMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
            ended.add(number);
        }
    }

    private void onLoop(Runnable task) {
        loop.submit(task).syncUninterruptibly();
    }

    private List<Client> began(int count, boolean answer) {
        List<Client> clients =
                IntStream.range(0, count).mapToObj(n -> new Client(n, answer)).toList();
        onLoop(() -> clients.forEach(Client::begin));
        return clients;
    }

    @Test
    void whoWaitsLongestIsPingedFirstAndNobodyMuchTooEarly() {
        List<Client> clients = began(MANY, false);
        await().until(() -> ended.size() == MANY);
        List<Integer> all = IntStream.range(0, MANY).boxed().toList();
        assertThat(pinged).isEqualTo(all);
        assertThat(ended).isEqualTo(all);
        assertThat(clients)
                .allSatisfy(client -> assertThat(client.shortestMillis)
                        .as("from ping to end")
                        .isGreaterThanOrEqualTo(TIMEOUT_MILLIS - 1));
        assertThat(timers.get()).as("timers for all").isLessThan(MANY / 10);
        onLoop(() -> assertThat(heartbeats.size()).isZero());
    }

    @Test
    void whoAnswersIsPingedAgainAndAgainAndNeverEnded() {
        List<Client> clients = began(100, true);
        await().until(() -> pinged.size() >= 400);
        assertThat(ended).isEmpty();
        onLoop(() -> assertThat(heartbeats.size()).isEqualTo(100));
        assertThat(clients)
                .allSatisfy(client -> assertThat(client.shortestMillis)
                        .as("between pings")
                        .isGreaterThanOrEqualTo(INTERVAL_MILLIS - EARLY_MILLIS - 1));
    }

    @Test
    void aPingIsNotHeldUpByATimeoutThatIsFarAway() {
        Heartbeats patient = new Heartbeats(loop, 50, TimeUnit.HOURS.toMillis(1));
        List<String> seen = new CopyOnWriteArrayList<>();
        Heartbeats.Heart heart = new Heartbeats.Heart() {
            @Override
            void ping() {
                seen.add("ping");
                // The answer comes a while later, when the timer already waits for the timeout.
                loop.schedule(() -> patient.begin(this), 10, TimeUnit.MILLISECONDS);
            }

            @Override
            void silent() {
                seen.add("end");
            }
        };
        onLoop(() -> patient.begin(heart));
        await().until(() -> seen.size() >= 3);
        assertThat(seen).doesNotContain("end");
    }

    @Test
    void whoGoesLeavesNothingBehind() {
        List<WeakReference<Client>> gone = goneClients();
        onLoop(() -> assertThat(heartbeats.size()).isZero());
        await().untilAsserted(() -> {
            System.gc();
            assertThat(gone).allMatch(reference -> reference.get() == null);
        });
        // And those who come later are served.
        began(3, false);
        await().until(() -> ended.size() == 3);
        assertThat(ended).containsExactly(0, 1, 2);
    }

    /** Some that never began, some that wait for a ping, some whose answer is due; from the front, the end and between. */
    private List<WeakReference<Client>> goneClients() {
        List<Client> clients = began(100, false);
        await().until(() -> pinged.size() == 100);
        List<Client> later = began(100, false);
        List<Client> all = new ArrayList<>(later);
        all.addAll(clients);
        all.add(new Client(0, false));
        Collections.shuffle(all, new Random(1));
        onLoop(() -> all.forEach(heartbeats::end));
        onLoop(() -> all.forEach(heartbeats::end));
        pinged.clear();
        ended.clear();
        return all.stream().map(WeakReference::new).toList();
    }
}
