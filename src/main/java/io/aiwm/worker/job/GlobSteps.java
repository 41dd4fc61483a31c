package io.aiwm.worker.job;

import java.util.Arrays;

/**
 * One pattern of {@link Globs}, matched in one pass over the path: all places of the pattern at which one may stand are
 * followed at once, so the time is the path's length times the pattern's, whatever both say, and nothing is tried twice.
 */
final class GlobSteps {
    /** Below all characters: what stands for more than one. */
    private static final int ONE = -1;

    private static final int SOME = -2;
    private static final int ALL = -3;
    /** Any number of whole folders: here before the next one, and at the step after it within one. */
    private static final int FOLDERS = -4;

    private static final int IN_FOLDER = -5;

    private final int[] steps;

    private GlobSteps(int[] steps) {
        this.steps = steps;
    }

    /** @param pattern without empty names and {@code .}; empty: everything fits */
    static GlobSteps of(String pattern) {
        var made = new Object() {
            int[] steps = new int[2 * pattern.length() + 2];
            int count;

            void add(int step) {
                boolean again = count > 0 && steps[count - 1] == step && (step == SOME || step == ALL);
                if (!again) {
                    steps[count++] = step;
                }
            }
        };
        String[] names = pattern.split("/");
        for (int i = 0; i < names.length; i++) {
            boolean last = i == names.length - 1;
            if (pattern.isEmpty() || (last && names[i].equals("**"))) {
                made.add(ALL);
            } else if (names[i].equals("**")) {
                made.add(FOLDERS);
                made.add(IN_FOLDER);
            } else {
                names[i].codePoints()
                        .map(c -> c == '*' ? SOME : c == '?' ? ONE : c)
                        .forEach(made::add);
                if (!last) {
                    made.add('/');
                }
            }
        }
        return new GlobSteps(Arrays.copyOf(made.steps, made.count));
    }

    /** Whether the whole path fits, or a folder above it does. */
    boolean fits(int[] path) {
        var here = new boolean[steps.length + 1];
        stand(here, 0);
        for (int c : path) {
            if (c == '/' && here[steps.length]) {
                return true;
            }
            var next = new boolean[steps.length + 1];
            boolean any = false;
            for (int at = 0; at < steps.length; at++) {
                int to = here[at] ? after(at, c) : -1;
                if (to >= 0) {
                    stand(next, to);
                    any = true;
                }
            }
            if (!any) {
                return false;
            }
            here = next;
        }
        return here[steps.length];
    }

    /** Where one stands after this character; -1: nowhere. */
    private int after(int at, int c) {
        return switch (steps[at]) {
            case ONE -> c == '/' ? -1 : at + 1;
            case SOME -> c == '/' ? -1 : at;
            case ALL -> at;
            case FOLDERS -> c == '/' ? -1 : at + 1;
            case IN_FOLDER -> c == '/' ? at - 1 : at;
            default -> c == steps[at] ? at + 1 : -1;
        };
    }

    /** There, and wherever one gets from there without a character. */
    private void stand(boolean[] places, int there) {
        int at = there;
        while (!places[at]) {
            places[at] = true;
            if (at < steps.length && (steps[at] == SOME || steps[at] == ALL)) {
                at++;
            } else if (at < steps.length && steps[at] == FOLDERS) {
                at += 2;
            }
        }
    }
}
