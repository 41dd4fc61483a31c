package io.aiwm.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;

/** Runs the same again and again, until everything that could happen next has happened next, in every combination. */
public final class EveryOrder {
    /** Of one run, in turn: which was taken, of how many. */
    private final List<int[]> choices = new ArrayList<>();

    private int at;

    private EveryOrder() {}

    /**
     * @param run is given what decides, for a {@link SeededOrder}, and must do the same whenever it decides the same
     * @return how many orders there are
     */
    public static int of(Consumer<IntUnaryOperator> run) {
        var orders = new EveryOrder();
        int count = 0;
        do {
            orders.at = 0;
            run.accept(orders::next);
            count++;
        } while (orders.another());
        return count;
    }

    private int next(int of) {
        if (at == choices.size()) {
            choices.add(new int[] {0, of});
        }
        return choices.get(at++)[0];
    }

    private boolean another() {
        while (!choices.isEmpty()) {
            int[] last = choices.get(choices.size() - 1);
            if (++last[0] < last[1]) {
                return true;
            }
            choices.remove(choices.size() - 1);
        }
        return false;
    }
}
