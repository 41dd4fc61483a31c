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

    private final Pattern pattern;

    public BoundedPattern(String regex) {
        this.pattern = Pattern.compile(regex);
    }

    @Override
    public boolean matches(String value) {
        return pattern.matcher(new Counted(value, 0, value.length(), new Looks()))
                .find();
    }

    private static final class Looks {
        private int count;

        void add() {
            if (++count > MOST_LOOKS) {
                throw new Failure(Failure.Kind.UNPROCESSABLE, "the pattern takes too long on this text");
            }
        }
    }

    /** @param looks which all parts share */
    private record Counted(String text, int from, int to, Looks looks) implements CharSequence {
        @Override
        public int length() {
            return to - from;
        }

        @Override
        public char charAt(int index) {
            looks.add();
            return text.charAt(from + index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text, from + start, from + end, looks);
        }

        @Override
        public String toString() {
            return text.substring(from, to);
        }
    }
}
