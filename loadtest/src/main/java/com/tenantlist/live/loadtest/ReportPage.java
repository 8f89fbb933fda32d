package com.tenantlist.live.loadtest;

import com.tenantlist.live.loadtest.Plot.Point;
import com.tenantlist.live.loadtest.Plot.Tick;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** A report as one page that needs no other file and no script: what the terminal said, and two plots. */
final class ReportPage {
    private static final int PERCENTILE_TICKS = 20;
    /** What is rarer is drawn at the edge. */
    private static final double RAREST = 1e6;

    private static final int TIME_TICKS = 8;
    private static final String STYLE = """
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328; background: #fff }
            pre { overflow-x: auto; font-size: 13px } svg { width: 100%; height: auto } svg text { font: 12px system-ui, sans-serif; fill: #57606a }
            .grid { stroke: #d0d7de; stroke-width: 0.5 } .held { color: #1a7f37 } .broken { color: #d1242f }
            """;

    private ReportPage() {}

    static String of(Report report) {
        return "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>" + Html.escape(report.title())
                + "</title>\n<style>\n" + STYLE + "</style>\n<h1>" + Html.escape(report.title()) + "</h1>\n"
                + (report.held()
                        ? "<p class=\"held\">Nothing was lost, came twice, out of order or of another owner.</p>\n"
                        : "<p class=\"broken\">It did not hold: see the last lines of the table.</p>\n")
                + "<pre>" + Html.escape(report.text()) + "</pre>\n<h2>By percentile</h2>\n" + byPercentile(report)
                + "<h2>By time</h2>\n" + byTime(report) + "</html>\n";
    }

    private static String byPercentile(Report report) {
        Plot plot = new Plot(
                "percentile",
                List.of(
                        new Tick(0, "0"),
                        new Tick(1, "90"),
                        new Tick(2, "99"),
                        new Tick(3, "99.9"),
                        new Tick(4, "99.99")));
        for (Side side : report.sides()) {
            for (Latency latency : side.latencies()) {
                List<Point> points = new ArrayList<>();
                for (HistogramIterationValue value : latency.all().percentiles(PERCENTILE_TICKS)) {
                    double share = value.getPercentileLevelIteratedTo() / 100;
                    points.add(new Point(
                            Math.log10(Math.min(RAREST, 1 / Math.max(1 / RAREST, 1 - share))),
                            value.getValueIteratedTo() / 1e3));
                }
                // The last steps are of one value, the maximum.
                points.removeIf(point -> point.x() > 4 && latency.all().getTotalCount() < 10_000);
                plot.line(side.target().name() + ": " + latency.name(), points);
            }
        }
        return plot.svg();
    }

    /** The first latency of each side: the median and the 99th percentile of each second. */
    private static String byTime(Report report) {
        long last = report.sides().stream()
                .flatMap(side -> side.latencies().stream().limit(1))
                .flatMap(latency -> latency.bySecond().keySet().stream())
                .mapToLong(Long::longValue)
                .max()
                .orElse(1);
        List<Tick> ticks = new ArrayList<>();
        long step = Math.max(1, last / TIME_TICKS);
        for (long second = 0; second <= last; second += step) {
            ticks.add(new Tick(second, second + " s"));
        }
        Plot plot = new Plot("seconds since the turn's measuring began; turns lie upon each other", ticks);
        for (Side side : report.sides()) {
            side.latencies().stream().limit(1).forEach(latency -> {
                String name = side.target().name() + ": " + latency.name();
                plot.line(name + ", p50", over(latency, 50));
                plot.line(name + ", p99", over(latency, 99));
            });
        }
        return plot.svg();
    }

    private static List<Point> over(Latency latency, double percentile) {
        List<Point> points = new ArrayList<>();
        latency.bySecond().forEach((second, micros) -> points.add(new Point(second, at(micros, percentile))));
        return points;
    }

    private static double at(Histogram micros, double percentile) {
        return micros.getValueAtPercentile(percentile) / 1e3;
    }
}
