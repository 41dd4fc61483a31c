package io.aiwm.controller.agent;

import com.networknt.schema.regex.RegularExpression;
import io.aiwm.common.Failure;
import java.util.regex.Pattern;

/**
 * A pattern of a schema or of an evaluation. A user chooses the pattern and a model the text: there are pairs on which matching takes
 * years, and it happens on an event loop. Fails with UNPROCESSABLE when a match looks at more characters than it may.
 */
public final class BoundedPattern implements RegularExpression {
    /** Some ten milliseconds. */
    private static final int MOST_LOOKS = 2_000_000;
    /** Steps without a look that take as long as one. */
    private static final int STEPS_OF_A_LOOK = 16;

    private final Pattern pattern;
    /** What one look stands for. */
    private final int weight;
    /** What all patterns of one check share; null: each match is bounded alone. */
    private final Looks shared;

    /** Fails with a PatternSyntaxException where the text is no pattern, or has too many ways to match nothing. */
    public BoundedPattern(String regex) {
        this(regex, null);
    }

    BoundedPattern(String regex, Looks shared) {
        this.pattern = Pattern.compile(regex);
        this.weight = 1 + EmptyPaths.steps(regex) / STEPS_OF_A_LOOK;
        this.shared = shared;
    }

    @Override
    public boolean matches(String value) {
        Looks looks = shared == null ? new Looks() : shared;
        looks.add((long) weight * (value.length() + 1L));
        return pattern.matcher(new Counted(value, 0, value.length(), looks, weight))
                .find();
    }

    /** How often characters were looked at. */
    static final class Looks {
        private long count;

        void add(long more) {
            count += more;
            if (count > MOST_LOOKS) {
                throw new Failure(Failure.Kind.UNPROCESSABLE, "the pattern takes too long on this text");
            }
        }
    }

    /** @param looks which all parts share */
    private record Counted(String text, int from, int to, Looks looks, int weight) implements CharSequence {
        @Override
        public int length() {
            return to - from;
        }

        @Override
        public char charAt(int index) {
            looks.add(weight);
            return text.charAt(from + index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text, from + start, from + end, looks, weight);
        }

        @Override
        public String toString() {
            return text.substring(from, to);
        }
    }
}
