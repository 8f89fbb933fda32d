package com.tenantlist.live.testing;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import java.util.function.Supplier;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** What this process holds: heap after a collection, Netty's direct memory, and file descriptors. */
public record Footprint(long heap, long direct, long descriptors) {
    private static final int TRIES = 20;

    public static Footprint now() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return new Footprint(
                runtime.totalMemory() - runtime.freeMemory(),
                PlatformDependent.usedDirectMemory(),
                ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getOpenFileDescriptorCount());
    }

    /**
     * Fails, with a histogram of the heap, unless the process comes back to this.
     *
     * @param slack bytes that heap and direct memory may grow; a pool keeps what it once had
     */
    public void assertBackAt(Supplier<Footprint> measure, long slack) {
        Footprint last = measure.get();
        for (int i = 0; i < TRIES && !isAbout(last, slack); i++) {
            last = measure.get();
        }
        if (!isAbout(last, slack)) {
            throw new AssertionError("was " + this + ", is " + last + "\n" + histogram());
        }
    }

    private boolean isAbout(Footprint later, long slack) {
        return later.heap <= heap + slack && later.direct <= direct + slack && later.descriptors <= descriptors + 4;
    }

    private static String histogram() {
        try {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            String all = (String) server.invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
            return all.lines().limit(40).collect(java.util.stream.Collectors.joining("\n"));
        } catch (javax.management.JMException e) {
            return "no histogram: " + e;
        }
    }
}
