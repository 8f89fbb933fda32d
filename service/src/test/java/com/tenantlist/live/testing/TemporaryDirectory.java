package com.tenantlist.live.testing;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A server's data, which go when it is closed, or with the JVM. */
final class TemporaryDirectory {
    private static final long STOPS_WITHIN_SECONDS = 20;

    private final Path path;

    TemporaryDirectory(String prefix) throws IOException {
        path = Files.createTempDirectory(prefix);
        Runtime.getRuntime().addShutdownHook(new Thread(this::deleteWhenStopped, "temporary-directory"));
    }

    Path path() {
        return path;
    }

    /** Deletes it, if it is still there; the server must have stopped. */
    void delete() {
        try {
            if (Files.exists(path)) {
                MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Servers that are not closed are stopped while the JVM ends, in no order. */
    private void deleteWhenStopped() {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOPS_WITHIN_SECONDS);
        while (isServed() && System.nanoTime() - until < 0) {
            Uninterruptibles.sleepUninterruptibly(20, TimeUnit.MILLISECONDS);
        }
        delete();
    }

    private boolean isServed() {
        return Files.exists(path.resolve("postmaster.pid")) || Files.exists(path.resolve("data/postmaster.pid"));
    }
}
