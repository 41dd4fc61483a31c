package io.aiwm.controller.node;

import io.aiwm.protocol.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which labels are wanted, in kubectl's grammar: {@code a=b}, {@code a==b}, {@code a!=b}, {@code a in (x,y)},
 * {@code a notin (x,y)}, {@code a} (has it), {@code !a} (has it not), joined by commas, all of which must hold.
 */
public final class LabelSelector {
    private static final String KEY = "[A-Za-z0-9][-._/A-Za-z0-9]{0,126}";
    private static final String VALUE = "[-._A-Za-z0-9]{0,63}";
    private static final Pattern EQUALS = Pattern.compile("(" + KEY + ")\\s*(==|=|!=)\\s*(" + VALUE + ")");
    private static final Pattern SET =
            Pattern.compile("(" + KEY + ")\\s+(in|notin)\\s*\\(\\s*(" + VALUE + "(?:\\s*,\\s*" + VALUE + ")*)\\s*\\)");
    private static final Pattern HAS = Pattern.compile("(!?)\\s*(" + KEY + ")");
    /** A comma outside parentheses. */
    private static final Pattern SEPARATOR = Pattern.compile(",(?![^(]*\\))");

    private record Term(String key, boolean wanted, List<String> values) {
        boolean matches(Map<String, String> labels) {
            String value = labels == null ? null : labels.get(key);
            boolean in = values == null ? value != null : value != null && values.contains(value);
            return in == wanted;
        }
    }

    private final List<Term> terms;

    private LabelSelector(List<Term> terms) {
        this.terms = terms;
    }

    /** Fails with INVALID naming the part that cannot be read. */
    public static LabelSelector parse(String text) {
        var terms = new ArrayList<Term>();
        if (!text.isBlank()) {
            for (String part : SEPARATOR.split(text, -1)) {
                terms.add(term(part.strip()));
            }
        }
        return new LabelSelector(terms);
    }

    public boolean matches(Map<String, String> labels) {
        return terms.stream().allMatch(term -> term.matches(labels));
    }

    private static Term term(String part) {
        Matcher set = SET.matcher(part);
        if (set.matches()) {
            return new Term(
                    set.group(1),
                    set.group(2).equals("in"),
                    List.of(set.group(3).strip().split("\\s*,\\s*")));
        }
        Matcher equals = EQUALS.matcher(part);
        if (equals.matches()) {
            return new Term(equals.group(1), !equals.group(2).equals("!="), List.of(equals.group(3)));
        }
        Matcher has = HAS.matcher(part);
        if (has.matches()) {
            return new Term(has.group(2), has.group(1).isEmpty(), null);
        }
        throw Failure.invalid("labelSelector", "cannot read \"" + part + "\"; use a=b, a!=b, a in (x,y), a or !a");
    }
}
