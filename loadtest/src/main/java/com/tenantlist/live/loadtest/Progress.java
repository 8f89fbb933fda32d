package com.tenantlist.live.loadtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One line on standard error that says what goes on; nothing where that is no terminal. Any thread. */
final class Progress {
    private static final boolean TERMINAL = isTerminal();

    private Progress() {}

    private static boolean isTerminal() {
        try {
            String errors = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return errors.startsWith("/dev/pts/") || errors.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }

    static void say(String text) {
        if (TERMINAL) {
            System.err.print("\r\u001b[K" + text);
            System.err.flush();
        }
    }

    static void done() {
        say("");
    }
}
