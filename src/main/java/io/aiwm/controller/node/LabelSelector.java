package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import java.util.ArrayDeque;
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
    /** These three are linear: what repeats has a limit, and what follows it cannot begin with one of its characters. */
    private static final Pattern EQUALS = Pattern.compile("(" + KEY + ")\\s*(==|=|!=)\\s*(" + VALUE + ")");

    private static final Pattern SET = Pattern.compile("(" + KEY + ")\\s+(in|notin)\\s*\\(([^()]*)\\)");
    private static final Pattern HAS = Pattern.compile("(!?)\\s*(" + KEY + ")");
    private static final Pattern ONE_VALUE = Pattern.compile("\\s*+(" + VALUE + ")\\s*+");

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
            for (String part : parts(text)) {
                terms.add(term(part.strip()));
            }
        }
        return new LabelSelector(terms);
    }

    /** Between the commas outside parentheses: those after which no parenthesis closes before another opens. */
    private static List<String> parts(String text) {
        var parts = new ArrayDeque<String>();
        char nextParenthesis = '(';
        int end = text.length();
        for (int i = end - 1; i >= 0; i--) {
            char c = text.charAt(i);
            if (c == '(' || c == ')') {
                nextParenthesis = c;
            } else if (c == ',' && nextParenthesis == '(') {
                parts.addFirst(text.substring(i + 1, end));
                end = i;
            }
        }
        parts.addFirst(text.substring(0, end));
        return List.copyOf(parts);
    }

    /** Null when one of them is none. Empty ones at the end do not count. */
    private static List<String> values(String text) {
        var values = new ArrayList<String>();
        for (String said : text.split(",", -1)) {
            Matcher one = ONE_VALUE.matcher(said);
            if (!one.matches()) {
                return null;
            }
            values.add(one.group(1));
        }
        boolean several = values.size() > 1;
        while (several && !values.isEmpty() && values.get(values.size() - 1).isEmpty()) {
            values.remove(values.size() - 1);
        }
        return values;
    }

    public boolean matches(Map<String, String> labels) {
        return terms.stream().allMatch(term -> term.matches(labels));
    }

    private static Term term(String part) {
        Matcher set = SET.matcher(part);
        List<String> values = set.matches() ? values(set.group(3)) : null;
        if (values != null) {
            return new Term(set.group(1), set.group(2).equals("in"), values);
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
