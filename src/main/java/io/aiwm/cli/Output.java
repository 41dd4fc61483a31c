package io.aiwm.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** How a command shows what it was answered: a table for people, names or JSON for programs. */
final class Output {
    private static final String OPTION = "--output";
    static final String NONE = "<none>";
    private static final Pattern UNSEEN = Pattern.compile("[\\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]");

    private static final Pattern UNSEEN_IN_LINES =
            Pattern.compile("[\\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069&&[^\n\t]]");
    /** Of a text in a table. */
    private static final int MOST_CHARS = 60;

    private final PrintWriter out;
    private final Form form;

    private enum Form {
        TABLE,
        NAME,
        JSON
    }

    Output(PrintWriter out, ParseResult parsed) {
        this.out = out;
        this.form = Form.valueOf(parsed.matchedOptionValue(OPTION, "table").toUpperCase(Locale.ROOT));
    }

    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(OptionSpec.builder("-o", OPTION)
                .type(String.class)
                .paramLabel("FORM")
                .completionCandidates(List.of("table", "name", "json"))
                .description("table (the default), name or json.")
                .build());
    }

    /** Whether the form is one that there is. */
    static boolean isForm(String text) {
        return List.of("table", "name", "json").contains(text);
    }

    static boolean isJson(ParseResult parsed) {
        return parsed.matchedOptionValue(OPTION, "table").equals("json");
    }

    /** Whether it is read by people. */
    boolean isTable() {
        return form == Form.TABLE;
    }

    /** One column of a table. */
    record Column(String head, Function<JsonObject, Object> value) {}

    void list(List<JsonObject> items, String name, Column... columns) {
        switch (form) {
            case JSON ->
                out.println(new JsonObject().put("items", new JsonArray(items)).encodePrettily());
            case NAME -> items.forEach(item -> out.println(plain(String.valueOf(item.getValue(name)))));
            case TABLE -> table(items, columns);
        }
    }

    /** @param words for people */
    void one(JsonObject item, String name, String words) {
        switch (form) {
            case JSON -> out.println(item.encodePrettily());
            case NAME -> out.println(plain(String.valueOf(item.getValue(name))));
            case TABLE -> out.println(text(words));
        }
    }

    private void table(List<JsonObject> items, Column... columns) {
        var rows = new ArrayList<String[]>();
        var head = new String[columns.length];
        var widths = new int[columns.length];
        for (int i = 0; i < columns.length; i++) {
            head[i] = columns[i].head();
        }
        rows.add(head);
        for (JsonObject item : items) {
            var row = new String[columns.length];
            for (int i = 0; i < columns.length; i++) {
                Object value = columns[i].value().apply(item);
                row[i] = value == null || value.toString().isEmpty() ? NONE : plain(value.toString());
            }
            rows.add(row);
        }
        rows.forEach(row -> {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        });
        rows.forEach(row -> {
            var line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                line.append(row[i]);
                line.append(i == row.length - 1 ? "" : " ".repeat(widths[i] - row[i].length() + 2));
            }
            out.println(line);
        });
    }

    /** A text for a terminal, which would do what is in it: nothing begins a line or a sequence, and nothing is turned around. */
    static String plain(String text) {
        return UNSEEN.matcher(text).replaceAll("\uFFFD");
    }

    /** The same for a text of several lines. */
    static String text(String text) {
        return UNSEEN_IN_LINES.matcher(text).replaceAll("\uFFFD");
    }

    /** The begin of a text, for a table. @param text null: there is none */
    static String cut(String text) {
        if (text == null || text.length() <= MOST_CHARS) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(MOST_CHARS - 1)) ? MOST_CHARS - 1 : MOST_CHARS;
        return text.substring(0, end) + "…";
    }

    static String age(String time) {
        if (time == null) {
            return null;
        }
        long seconds =
                Math.max(0, Duration.between(Instant.parse(time), Instant.now()).toSeconds());
        return seconds < 120
                ? seconds + "s"
                : seconds < 7_200
                        ? seconds / 60 + "m"
                        : seconds < 172_800 ? seconds / 3_600 + "h" : seconds / 86_400 + "d";
    }

    /** A number of bytes for people. @param bytes null: not known */
    static String size(Number bytes) {
        if (bytes == null) {
            return null;
        }
        double rest = bytes.doubleValue();
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        int unit = 0;
        while (rest >= 1_024 && unit < units.length - 1) {
            rest /= 1_024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f%s" : "%.1f%s", rest, units[unit]);
    }
}
