package com.tenantlist.live.loadtest;

import java.util.ArrayList;
import java.util.List;

/** Measures the targets in turn: A B B A, so that neither always has the machine's better moment. */
final class Run {
    /** One turn on one target. */
    interface Measure {
        Outcome of(Target target) throws Exception;
    }

    private Run() {}

    /** Returns the exit code: 0, or 1 if anything was lost, came twice, out of order or of another owner, or failed. */
    static int inTurns(String title, RunOptions options, List<Target> targets, Measure measure) throws Exception {
        List<List<Outcome>> outcomes = new ArrayList<>();
        targets.forEach(target -> outcomes.add(new ArrayList<>()));
        for (int turn = 0; turn < options.turns(); turn++) {
            for (int place : order(turn, targets.size())) {
                Target target = targets.get(place);
                Progress.say(target.name() + ", turn " + (turn + 1) + " of " + options.turns());
                outcomes.get(place).add(measure.of(target));
            }
        }
        Progress.done();
        List<Side> sides = new ArrayList<>();
        for (int i = 0; i < targets.size(); i++) {
            sides.add(Side.of(targets.get(i), outcomes.get(i)));
        }
        Report report = new Report(title + nodes(targets.get(0)), sides);
        options.tell(report);
        return report.held() ? 0 : 1;
    }

    /** On how many nodes, where there are several: of rows with the same title only one counts. */
    private static String nodes(Target target) {
        int used = target.sockets().size();
        int all = Math.max(used, target.processes().size());
        return all == 1 ? "" : ", on " + used + " of " + all + " nodes";
    }

    /** Which target is measured when, in a turn of all. */
    static List<Integer> order(int turn, int targets) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < targets; i++) {
            order.add(turn % 2 == 0 ? i : targets - 1 - i);
        }
        return order;
    }
}
