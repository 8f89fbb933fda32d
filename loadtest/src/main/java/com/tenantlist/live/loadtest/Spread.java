package com.tenantlist.live.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A figure over the turns: its median, the lowest and the highest, and all in the order of the turns. */
record Spread(
        String name, String unit, Figure.Better better, double median, double low, double high, List<Double> turns) {
    static Spread of(Figure first, List<Double> turns) {
        List<Double> sorted = turns.stream().sorted().toList();
        int middle = sorted.size() / 2;
        double median = sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        return new Spread(
                first.name(),
                first.unit(),
                first.better(),
                median,
                sorted.get(0),
                sorted.get(sorted.size() - 1),
                List.copyOf(turns));
    }

    /**
     * This one's share of the other's, turn by turn: turns of the same number ran one after the other, so that both had the same
     * machine. Empty where the other has fewer turns or is 0.
     */
    Optional<Spread> ratio(Spread other) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < turns.size(); i++) {
            if (i >= other.turns.size() || other.turns.get(i) == 0) {
                return Optional.empty();
            }
            ratios.add(turns.get(i) / other.turns.get(i));
        }
        return Optional.of(of(new Figure(name, "times", better, 0), ratios));
    }
}
