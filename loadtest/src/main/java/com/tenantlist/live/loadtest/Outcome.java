package com.tenantlist.live.loadtest;

import com.tenantlist.live.loadtest.Processes.Usage;
import java.util.ArrayList;
import java.util.List;

/** What one turn of a scenario on one target gave. */
record Outcome(List<Figure> figures, List<Latency> latencies, Faults faults) {
    Outcome {
        List<Figure> all = new ArrayList<>(figures);
        for (Latency latency : latencies) {
            if (latency.all().getTotalCount() > 0) {
                all.add(Figure.lower(latency.name() + ", p50", "ms", latency.millisAt(50)));
                all.add(Figure.lower(latency.name() + ", p99", "ms", latency.millisAt(99)));
            }
        }
        figures = List.copyOf(all);
    }

    /** CPU between two moments, for so many of something: the server's, where its processes are known, and the load generator's. */
    static List<Figure> cpu(Processes server, Usage before, Usage after, double units, String unit) {
        List<Figure> figures = new ArrayList<>();
        double each = Math.max(1, units);
        if (!server.none()) {
            figures.add(Figure.lower("server CPU a " + unit, "µs", (after.cpuMicros() - before.cpuMicros()) / each));
            int processes = after.cpuMicrosEach().size();
            for (int i = 0; i < processes && processes > 1; i++) {
                double micros =
                        after.cpuMicrosEach().get(i) - before.cpuMicrosEach().get(i);
                figures.add(Figure.lower("CPU of process " + (i + 1) + " a " + unit, "µs", micros / each));
            }
            figures.add(Figure.lower("server resident", "MiB", after.residentKib() / 1024.0));
        }
        double own = after.ownCpuMicros() - before.ownCpuMicros();
        figures.add(new Figure("load generator CPU a " + unit, "µs", Figure.Better.NEITHER, own / each));
        return figures;
    }
}
