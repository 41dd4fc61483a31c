package io.aiwm.controller.agent;

import java.util.regex.PatternSyntaxException;

/**
 * How many steps a pattern may take between two looks at a character. The matcher goes back over what matches no character as well:
 * {@code (?:^{1000}){1000}} is a million steps, and thirty times {@code (|)} a billion. An upper bound, by reading the pattern
 * once. Pure.
 */
final class EmptyPaths {
    private static final int MOST = 1_000;
    /** Beyond it nothing is counted. */
    private static final long CAP = 1_000_000;

    private final String regex;
    private int at;

    private EmptyPaths(String regex) {
        this.regex = regex;
    }

    /** @param ways in which it matches no character; 0: it looks at one. @param steps that all of them take */
    private record Part(long ways, long steps) {
        static final Part LOOKS = new Part(0, 0);
        static final Part EMPTY = new Part(1, 1);
    }

    /** Fails with a PatternSyntaxException where there are more than {@link #MOST}. @param regex that compiles */
    static int steps(String regex) {
        var reader = new EmptyPaths(regex);
        long steps = 0;
        while (reader.at < regex.length()) {
            steps = cap(steps + reader.alternatives().steps());
            reader.at++; // a bracket that closes nothing
        }
        if (steps > MOST) {
            throw new PatternSyntaxException("it has too many ways to match no character", regex, -1);
        }
        return (int) steps;
    }

    private static long cap(long value) {
        return Math.min(CAP, value);
    }

    private boolean is(char c) {
        return at < regex.length() && regex.charAt(at) == c;
    }

    private Part alternatives() {
        Part all = sequence();
        while (is('|')) {
            at++;
            Part next = sequence();
            all = new Part(cap(all.ways + next.ways), cap(all.steps + next.steps + 1));
        }
        return all;
    }

    private Part sequence() {
        long ways = 1;
        long live = 1;
        long steps = 0;
        while (at < regex.length() && !is('|') && !is(')')) {
            Part next = quantified(atom());
            steps = cap(steps + live * next.steps);
            ways = cap(ways * next.ways);
            // after a look it begins anew
            live = next.ways == 0 ? 1 : cap(live * next.ways);
        }
        return new Part(ways, steps);
    }

    private Part atom() {
        char c = regex.charAt(at++);
        return switch (c) {
            case '(' -> group();
            case '[' -> {
                bracketed();
                yield Part.LOOKS;
            }
            case '\\' -> escaped();
            case '^', '$' -> Part.EMPTY;
            default -> Part.LOOKS;
        };
    }

    private Part group() {
        boolean looksAround = false;
        if (is('?')) {
            int begin = ++at;
            while (at < regex.length()
                    && "idmsuxU-<>=!:".indexOf(regex.charAt(at)) >= 0
                    && "=!:>".indexOf(last()) < 0) {
                at++;
            }
            String kind = regex.substring(begin, at);
            if (kind.indexOf('x') >= 0 && !kind.startsWith("<")) {
                throw new PatternSyntaxException("comments in a pattern are not supported", regex, at);
            }
            looksAround = kind.endsWith("=") || kind.endsWith("!");
            if (kind.startsWith("<") && !looksAround) {
                at = Math.max(at, regex.indexOf('>', begin) + 1);
            }
        }
        Part inner = alternatives();
        at++;
        return looksAround ? new Part(1, cap(inner.steps + 1)) : new Part(inner.ways, cap(inner.steps + 1));
    }

    /** The character that was read last. */
    private char last() {
        return regex.charAt(at - 1);
    }

    private Part escaped() {
        char c = at < regex.length() ? regex.charAt(at++) : ' ';
        if (c == 'Q') {
            int end = regex.indexOf("\\E", at);
            at = end < 0 ? regex.length() : end + 2;
        } else if ("pPxN".indexOf(c) >= 0 && is('{')) {
            at = regex.indexOf('}', at) + 1;
        } else if (c == 'k' && is('<')) {
            at = regex.indexOf('>', at) + 1;
        } else if (c == 'c') {
            at++;
        } else if (c == 'b' && regex.startsWith("{g}", at)) {
            at += 3;
        }
        boolean reference = c >= '1' && c <= '9';
        while (reference && at < regex.length() && Character.isDigit(regex.charAt(at))) {
            at++;
        }
        return reference || "bBAGzZkE".indexOf(c) >= 0 ? Part.EMPTY : Part.LOOKS;
    }

    private void bracketed() {
        if (is('^')) {
            at++;
        }
        if (is(']')) {
            at++; // the first one is a character
        }
        while (at < regex.length() && !is(']')) {
            char c = regex.charAt(at++);
            if (c == '\\') {
                escaped();
            } else if (c == '[') {
                bracketed();
            }
        }
        at++;
    }

    private Part quantified(Part atom) {
        Part part = atom;
        while (at < regex.length() && "*+?{".indexOf(regex.charAt(at)) >= 0) {
            char c = regex.charAt(at++);
            part = repeated(part, c == '{' ? least() : c == '+' ? 1 : 0);
            if (is('?') || is('+')) {
                at++; // reluctant, or possessive
            }
        }
        return part;
    }

    private long least() {
        long least = 0;
        while (at < regex.length() && Character.isDigit(regex.charAt(at))) {
            least = cap(least * 10 + Character.digit(regex.charAt(at++), 10));
        }
        at = Math.max(at, regex.indexOf('}', at) + 1);
        return least;
    }

    private static Part repeated(Part part, long least) {
        if (least == 0) {
            return new Part(cap(part.ways + 1), cap(part.steps + 1));
        }
        long ways = 1;
        long steps = 0;
        for (long i = 0; i < least && steps < CAP; i++) {
            steps = cap(steps + Math.max(1, ways) * part.steps);
            ways = cap(ways * part.ways);
            if (part.ways == 0 || part.steps == 0) {
                break; // each begins with a look, or there is nothing to do
            }
        }
        return new Part(ways, steps);
    }
}
