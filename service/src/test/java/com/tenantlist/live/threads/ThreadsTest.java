package com.tenantlist.live.threads;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In processes of their own: one that meets what it cannot handle ends, and says why; any other failure is of its task alone. */
class ThreadsTest {
    private static final int WENT_ON = 3;

    @ParameterizedTest
    @CsvSource({
        "thread, java.lang.NoClassDefFoundError, 70",
        "scheduler, java.lang.NoClassDefFoundError, 70",
        "scheduler, java.lang.OutOfMemoryError, 70",
        "thread, java.lang.StackOverflowError, 3",
        "scheduler, java.lang.StackOverflowError, 3",
        "thread, java.lang.IllegalStateException, 3",
        "scheduler, java.lang.IllegalStateException, 3",
    })
    void aProcessEndsByWhatItCannotHandle(String where, String failure, int status) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Failing.class.getName(),
                        where,
                        failure)
                .redirectErrorStream(true)
                .start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isEqualTo(status);
            assertThat(output).contains(failure);
            assertThat(output.contains("process ends")).isEqualTo(status != WENT_ON);
        } finally {
            process.destroyForcibly();
        }
    }

    /** {@code thread|scheduler CLASS}: throws that there, and ends with {@link #WENT_ON} if it is still there to do so. */
    static final class Failing {
        private Failing() {}

        public static void main(String[] args) throws Exception {
            Threads.endProcessOnFatalErrors();
            Throwable failure = (Throwable)
                    Class.forName(args[1]).getDeclaredConstructor(String.class).newInstance("thrown by the test");
            Runnable task = () -> Failing.<RuntimeException>sneak(failure);
            if (args[0].equals("thread")) {
                Thread thread = new Thread(task, "failing");
                thread.start();
                thread.join();
            } else {
                ScheduledExecutorService scheduler = Threads.scheduler("failing");
                scheduler.scheduleWithFixedDelay(task, 0, 1, TimeUnit.MILLISECONDS);
                scheduler.schedule(() -> {}, 1, TimeUnit.MILLISECONDS).get();
            }
            System.exit(WENT_ON);
        }

        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
        private static <T extends Throwable> void sneak(Throwable failure) throws T {
            throw (T) failure;
        }
    }
}
