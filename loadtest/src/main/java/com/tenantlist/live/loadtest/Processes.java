package com.tenantlist.live.loadtest;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** What processes of this machine have used, as Linux tells it below {@code /proc}. */
final class Processes {
    /** Linux counts CPU in hundredths of a second, whatever the kernel's own clock. */
    private static final long MICROS_A_TICK = 10_000;

    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;

    /**
     * What was used until a moment.
     *
     * @param cpuMicrosEach of the server's processes, user and system, in the order in which they were named
     * @param residentKib of the server's processes
     * @param ownCpuMicros of the load generator itself
     */
    record Usage(List<Long> cpuMicrosEach, long residentKib, long ownCpuMicros, long nanoTime) {
        /** Of all of them together. */
        long cpuMicros() {
            return cpuMicrosEach.stream().mapToLong(Long::longValue).sum();
        }

        double seconds(Usage before) {
            return (nanoTime - before.nanoTime) / 1e9;
        }
    }

    private final List<Long> ids;

    Processes(List<Long> ids) {
        this.ids = ids;
    }

    boolean none() {
        return ids.isEmpty();
    }

    Usage usage() {
        List<Long> cpu = new ArrayList<>();
        long resident = 0;
        for (long id : ids) {
            cpu.add(cpuMicros(read(id, "stat")));
            resident += residentKib(read(id, "status"));
        }
        OperatingSystemMXBean own = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new Usage(
                List.copyOf(cpu), resident, TimeUnit.NANOSECONDS.toMicros(own.getProcessCpuTime()), System.nanoTime());
    }

    /**
     * Bytes of the Java heap that are in use after a full collection, which {@code jcmd PID GC.class_histogram} makes and counts; empty where
     * one of them is no JVM, or there is no {@code jcmd} beside the JVM that runs this.
     */
    OptionalLong heapBytes() throws IOException, InterruptedException {
        long bytes = 0;
        for (long id : ids) {
            OptionalLong of = heapBytes(histogram(id));
            if (of.isEmpty()) {
                return of;
            }
            bytes += of.getAsLong();
        }
        return ids.isEmpty() ? OptionalLong.empty() : OptionalLong.of(bytes);
    }

    private static String histogram(long id) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        // It asks by a signal that ends what is no JVM.
        if (!Files.isExecutable(jcmd) || !read(id, "maps").contains("/libjvm.so")) {
            return "";
        }
        Process process = new ProcessBuilder(jcmd.toString(), Long.toString(id), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    /** The sum stands in the last line: {@code Total 123 4567}, objects and bytes. */
    static OptionalLong heapBytes(String histogram) {
        return histogram
                .lines()
                .filter(line -> line.startsWith("Total "))
                .mapToLong(line -> Long.parseLong(line.strip().replaceFirst(".*\\s", "")))
                .findFirst();
    }

    private static String read(long id, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(id), file));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "--pids: process " + id + " cannot be read (" + e.getMessage() + "); name processes that run", e);
        }
    }

    /** The name of a process, in parentheses, may hold anything. */
    static long cpuMicros(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(") ") + 2).split(" ");
        return (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS])) * MICROS_A_TICK;
    }

    static long residentKib(String status) {
        return status.lines()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }
}
