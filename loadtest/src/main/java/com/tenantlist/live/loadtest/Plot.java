package com.tenantlist.live.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A plot of lines as SVG that needs nothing else. The ordinate is logarithmic, in milliseconds. */
final class Plot {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 300;
    private static final int LEFT = 80;
    private static final int BOTTOM = 40;
    private static final int TOP = 15;
    private static final int RIGHT = 30;
    private static final double LEAST_MILLIS = 0.01;
    private static final List<String> COLOURS =
            List.of("#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#57606a", "#bf3989", "#0a7ea4");

    /** A point; y in milliseconds. */
    record Point(double x, double y) {}

    /** A mark of the abscissa. */
    record Tick(double x, String label) {}

    private record Line(String name, List<Point> points) {}

    private final String abscissa;
    private final List<Tick> ticks;
    private final List<Line> lines = new ArrayList<>();

    Plot(String abscissa, List<Tick> ticks) {
        this.abscissa = abscissa;
        this.ticks = List.copyOf(ticks);
    }

    void line(String name, List<Point> points) {
        if (!points.isEmpty()) {
            lines.add(new Line(name, List.copyOf(points)));
        }
    }

    String svg() {
        double low = 1;
        double high = 1;
        double right = ticks.stream().mapToDouble(Tick::x).max().orElse(1);
        for (Line line : lines) {
            for (Point point : line.points) {
                low = Math.min(low, Math.max(LEAST_MILLIS, point.y));
                high = Math.max(high, point.y);
                right = Math.max(right, point.x);
            }
        }
        int lowest = (int) Math.floor(Math.log10(low));
        int highest = Math.max(lowest + 1, (int) Math.ceil(Math.log10(high)));
        int legend = lines.size() * 18 + 10;
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n",
                WIDTH,
                HEIGHT + legend,
                Html.escape("milliseconds by " + abscissa)));
        for (int power = lowest; power <= highest; power++) {
            double y = y(Math.pow(10, power), lowest, highest);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" class=\"grid\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s ms</text>%n",
                    LEFT,
                    WIDTH - RIGHT,
                    y,
                    y,
                    LEFT - 6,
                    y + 4,
                    power < 0 ? Double.toString(Math.pow(10, power)) : Table.number(Math.pow(10, power))));
        }
        for (Tick tick : ticks) {
            double x = x(tick.x, right);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" class=\"grid\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                    x,
                    x,
                    TOP,
                    HEIGHT - BOTTOM,
                    x,
                    HEIGHT - BOTTOM + 16,
                    Html.escape(tick.label)));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                WIDTH / 2,
                HEIGHT - 6,
                Html.escape(abscissa)));
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            String colour = COLOURS.get(i % COLOURS.size());
            StringBuilder points = new StringBuilder();
            for (Point point : line.points) {
                points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(point.x, right), y(point.y, lowest, highest)));
            }
            int y = HEIGHT + 14 + i * 18;
            svg.append(String.format(
                    Locale.ROOT,
                    "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"%s\"/>%n"
                            + "<rect x=\"%d\" y=\"%d\" width=\"14\" height=\"4\" fill=\"%s\"/><text x=\"%d\" y=\"%d\">%s</text>%n",
                    colour,
                    points.toString().strip(),
                    LEFT,
                    y - 6,
                    colour,
                    LEFT + 20,
                    y,
                    Html.escape(line.name)));
        }
        return svg.append("</svg>\n").toString();
    }

    private static double x(double value, double right) {
        return LEFT + value / Math.max(1e-9, right) * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double millis, int lowest, int highest) {
        double share = (Math.log10(Math.max(LEAST_MILLIS, millis)) - lowest) / (highest - lowest);
        return HEIGHT - BOTTOM - Math.max(0, share) * (HEIGHT - BOTTOM - TOP);
    }
}
