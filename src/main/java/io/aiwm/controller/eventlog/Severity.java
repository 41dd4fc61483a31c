package io.aiwm.controller.eventlog;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How much an event asks for attention, the least first. */
public enum Severity {
    INFO,
    WARNING,
    ERROR;

    /** As it is stored and sent. */
    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @param word as {@link #word}; null: INFO */
    public static Severity of(String word) {
        return word == null ? INFO : valueOf(word.toUpperCase(Locale.ROOT));
    }
}
