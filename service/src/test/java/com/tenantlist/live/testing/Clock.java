package com.tenantlist.live.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The wall clock of a process, which can be put wrong while it runs (by libfaketime). What measures time is left alone. */
public final class Clock {
    private final Path file;

    public Clock() throws IOException {
        file = Files.createTempFile("tenantlist-clock", "");
        putRight();
    }

    /** What the process needs in its environment. */
    public Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", System.getProperty("faketime", "libfaketime.so.1"),
                "FAKETIME_TIMESTAMP_FILE", file.toString(),
                "FAKETIME_CACHE_DURATION", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                // Else timed waits return at once, or late.
                "FAKETIME_FORCE_MONOTONIC_FIX", "0");
    }

    /** From a second from now on, at the latest. */
    public void putWrong(int seconds) throws IOException {
        Files.writeString(file, (seconds < 0 ? "" : "+") + seconds);
    }

    public void putRight() throws IOException {
        putWrong(0);
    }
}
