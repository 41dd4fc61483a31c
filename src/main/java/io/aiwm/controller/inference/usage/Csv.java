package io.aiwm.controller.inference.usage;

import java.util.List;

/** Text for spreadsheets (RFC 4180). No cell can begin a formula there. */
public final class Csv {
    private static final String FORMULA = "=+-@\t\r";

    private Csv() {}

    /** Adds a line. @param cells numbers as they are, others as text; null: an empty cell */
    public static void line(StringBuilder text, List<?> cells) {
        String separator = "";
        for (Object cell : cells) {
            text.append(separator);
            separator = ",";
            if (cell instanceof Number) {
                text.append(cell);
            } else if (cell != null) {
                text(text, cell.toString());
            }
        }
        text.append("\r\n");
    }

    private static void text(StringBuilder text, String cell) {
        String safe = !cell.isEmpty() && FORMULA.indexOf(cell.charAt(0)) >= 0 ? "'" + cell : cell;
        boolean quoted = safe.chars().anyMatch(each -> each == ',' || each == '"' || each == '\n' || each == '\r');
        text.append(quoted ? '"' + safe.replace("\"", "\"\"") + '"' : safe);
    }
}
