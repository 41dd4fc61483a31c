package io.aiwm.controller.deployment;

import io.aiwm.common.Failure.FieldError;
import io.aiwm.common.SingleLineText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Collects the mistakes of a request, each with its JSON pointer, by checks that several kinds of field share. */
class FieldRules {
    private static final int MAX_ENTRIES = 200;
    private static final int MAX_TEXT = 32_768;

    final List<FieldError> errors = new ArrayList<>();

    final void entries(String at, Map<String, String> map, Pattern key, String rule) {
        if (map == null) {
            return;
        }
        if (map.size() > MAX_ENTRIES) {
            wrong(at, "has more than " + MAX_ENTRIES + " entries");
            return;
        }
        map.forEach((name, value) -> {
            if (!key.matcher(name).matches()) {
                wrong(at + "/" + escaped(name), rule);
            }
            if (value == null) {
                wrong(at + "/" + escaped(name), "must be a text");
            }
            text(at + "/" + escaped(name), value);
            if (value != null && !value.isEmpty() && !SingleLineText.is(value)) {
                wrong(at + "/" + escaped(name), SingleLineText.RULE + ", or empty");
            }
        });
    }

    final void words(String at, List<String> words) {
        if (tooMany(at, words)) {
            return;
        }
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i) == null) {
                wrong(at + "/" + i, "must be a text");
            }
            text(at + "/" + i, words.get(i));
        }
    }

    final void lines(String at, List<String> lines) {
        int before = errors.size();
        words(at, lines);
        for (int i = 0; lines != null && errors.size() == before && i < lines.size(); i++) {
            if (!SingleLineText.is(lines.get(i))) {
                wrong(at + "/" + i, SingleLineText.RULE);
                return;
            }
        }
    }

    final void text(String at, String text) {
        if (text != null && (text.length() > MAX_TEXT || text.indexOf('\0') >= 0)) {
            wrong(at, "must be at most " + MAX_TEXT + " characters, none of them NUL");
        }
    }

    /** @return whether there is nothing to look at: absent, or too long, which is then the mistake */
    final boolean tooMany(String at, List<?> list) {
        if (list != null && list.size() > MAX_ENTRIES) {
            wrong(at, "has more than " + MAX_ENTRIES + " entries");
            return true;
        }
        return list == null;
    }

    final void oneOf(String at, String value, Set<String> allowed) {
        if (value != null && !allowed.contains(value)) {
            wrong(
                    at,
                    "must be one of "
                            + String.join(", ", allowed.stream().sorted().toList()));
        }
    }

    final void positive(String at, Number value) {
        if (value != null && !(value.doubleValue() > 0 && Double.isFinite(value.doubleValue()))) {
            wrong(at, "must be more than 0");
        }
    }

    final void atMost(String at, Number value, long most) {
        if (value != null && value.doubleValue() > most) {
            wrong(at, "must be at most " + most);
        }
    }

    final void notNegative(String at, Number value) {
        if (value != null && value.doubleValue() < 0) {
            wrong(at, "must not be negative");
        }
    }

    static String escaped(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }

    final void wrong(String pointer, String detail) {
        errors.add(new FieldError(pointer, detail));
    }
}
