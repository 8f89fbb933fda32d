package com.tenantlist.live.threads;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads on which nothing fails without a word, and the rule for what no code can handle: a process whose classes do not
 * load, or whose memory is used up, is not whole and will not become so. It may still answer pings, and a dashboard that is
 * pinged and told nothing shows what is not true. So it ends, its dashboards go to other nodes, and whoever runs it starts it
 * again. Any thread.
 */
public final class Threads {
    /** The exit status of an internal error, {@code EX_SOFTWARE} of sysexits.h. */
    public static final int INTERNAL_ERROR = 70;

    private static final Logger log = LoggerFactory.getLogger(Threads.class);

    private Threads() {}

    /**
     * From here on what no thread handles is logged, and ends the process if it is {@linkplain #isFatal fatal}. For {@code main}:
     * who runs the service inside of another process keeps that process.
     */
    public static void endProcessOnFatalErrors() {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            log.error("not handled thread=\"{}\"", thread.getName(), failure);
            if (isFatal(failure)) {
                log.error("process ends reason=\"it cannot go on after {}\"", failure.toString());
                Runtime.getRuntime().halt(INTERNAL_ERROR);
            }
        });
    }

    /**
     * Whether a process that met this cannot be trusted any more: a class that could not be loaded or initialized stays so, and
     * where memory was missing anything may have been left half done. A stack that overflowed was that of one input.
     */
    static boolean isFatal(Throwable failure) {
        return failure instanceof LinkageError
                || (failure instanceof VirtualMachineError && !(failure instanceof StackOverflowError));
    }

    /** Hands on what was caught only so that others come to no harm. Returns if the process can go on. */
    public static void unhandled(Throwable failure) {
        Thread thread = Thread.currentThread();
        Thread.UncaughtExceptionHandler handler = Thread.getDefaultUncaughtExceptionHandler();
        if (handler != null && isFatal(failure)) {
            handler.uncaughtException(thread, failure);
        }
    }

    /** A thread of that name for tasks in time; what one of them throws is logged. */
    public static ScheduledThreadPoolExecutor scheduler(String name) {
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, name)) {
            @Override
            protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
                super.afterExecute(task, thrown);
                if (task instanceof Future<?> future && future.isDone()) {
                    report(future);
                }
            }
        };
        scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return scheduler;
    }

    private static void report(Future<?> done) {
        try {
            done.get();
        } catch (ExecutionException e) {
            Throwable failure = e.getCause() == null ? e : e.getCause();
            log.error("task failed thread=\"{}\"", Thread.currentThread().getName(), failure);
            unhandled(failure);
        } catch (CancellationException e) {
            log.debug("task cancelled");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
