package com.tenantlist.live.loadtest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A target and what its turns gave together.
 *
 * @param spreads of the figures that all turns have
 * @param latencies all turns' as one
 */
record Side(Target target, List<Spread> spreads, List<Latency> latencies, Faults faults) {
    static Side of(Target target, List<Outcome> turns) {
        List<Spread> spreads = new ArrayList<>();
        for (Figure figure : turns.get(0).figures()) {
            List<Double> values = turns.stream()
                    .flatMap(turn -> turn.figures().stream())
                    .filter(other -> other.name().equals(figure.name()))
                    .map(Figure::value)
                    .toList();
            if (values.size() == turns.size()) {
                spreads.add(Spread.of(figure, values));
            }
        }
        Map<String, Latency> latencies = new LinkedHashMap<>();
        Faults faults = Faults.NONE;
        for (Outcome turn : turns) {
            faults = faults.plus(turn.faults());
            for (Latency latency : turn.latencies()) {
                latencies.computeIfAbsent(latency.name(), Latency::new).add(latency);
            }
        }
        return new Side(target, List.copyOf(spreads), List.copyOf(latencies.values()), faults);
    }

    Optional<Spread> spread(String name) {
        return spreads.stream().filter(spread -> spread.name().equals(name)).findFirst();
    }
}
