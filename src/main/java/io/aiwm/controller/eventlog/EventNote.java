package io.aiwm.controller.eventlog;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.aiwm.common.InstantText;
import java.time.Instant;

/**
 * What the writer of a record says of a change, as a note of that change ({@link
 * io.aiwm.controller.store.DocumentStore.Document#notes}): the JSON text of an event without the fields that the log adds. It is
 * built on the path of every write, so it is text from the beginning. A note that is the type of a routine event and nothing else
 * counts one: where there are more than are told one by one, that is all that need be built, stored and read.
 */
public final class EventNote {
    private static final JsonStringEncoder TEXT = JsonStringEncoder.getInstance();
    private static final int LONGEST = 300;
    static final String BEGINS = "{\"type\":\"";
    static final String SEVERITY = "\"severity\":";

    private final StringBuilder json;

    private EventNote(String type, Instant at) {
        json = new StringBuilder(160)
                .append(BEGINS)
                .append(type)
                .append("\",\"at\":\"")
                .append(InstantText.of(at))
                .append('"');
    }

    /** @param type such as {@code execution.completed}; letters, digits, dots and dashes */
    public static EventNote of(String type, Instant at) {
        return new EventNote(type, at);
    }

    /** Somebody may want to look at it. */
    public EventNote warning() {
        return severity(Severity.WARNING);
    }

    /** Something failed. */
    public EventNote error() {
        return severity(Severity.ERROR);
    }

    public EventNote severity(Severity severity) {
        if (severity != Severity.INFO) {
            json.append(',')
                    .append(SEVERITY)
                    .append('"')
                    .append(severity.word())
                    .append('"');
        }
        return this;
    }

    /** In words, for people. @param words null: nothing to say */
    public EventNote text(String words) {
        return with("text", words);
    }

    /** Who asked for it. @param user null: nobody known */
    public EventNote actor(String user) {
        return with("actor", user);
    }

    /** @param node null: nowhere in particular */
    public EventNote node(String node) {
        return with("nodeId", node);
    }

    /** What the record is called. @param name null: it has no name */
    public EventNote name(String name) {
        return with("name", name);
    }

    /** Why, as a code. @param code null: nothing to say */
    public EventNote reason(String code) {
        return with("reasonCode", code);
    }

    /** Whose it is: only this user and administrators see the event. */
    public EventNote owner(String user) {
        return with("owner", user);
    }

    public EventNote step(int index) {
        json.append(",\"step\":").append(index);
        return this;
    }

    /** @param index null: not of one replica */
    public EventNote replica(Integer index) {
        if (index != null) {
            json.append(",\"replica\":").append(index);
        }
        return this;
    }

    private EventNote with(String field, String value) {
        if (value != null && !value.isEmpty()) {
            json.append(",\"").append(field).append("\":\"");
            TEXT.quoteAsString(value.length() > LONGEST ? value.substring(0, LONGEST) : value, json);
            json.append('"');
        }
        return this;
    }

    /** Returns the note. */
    public String note() {
        return json + "}";
    }
}
