package io.aiwm.mcp;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Reads server-sent events as their bytes come, however they are cut. Holds one event at most, and no larger one than allowed. */
public final class SseReader {
    private static final int LONGEST_ID = 1_024;

    private final int mostBytes;
    private final Consumer<Event> events;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final StringBuilder data = new StringBuilder();
    private boolean afterReturn;
    private boolean hasData;
    private boolean first = true;
    private String lastId;
    private Long retryMillis;

    /**
     * One event.
     *
     * @param id the last that was said; null: none yet
     * @param data empty: it only says an id
     */
    public record Event(String id, String data) {}

    /** @param mostBytes of one line, and of the data of one event. @param events takes each event */
    public SseReader(int mostBytes, Consumer<Event> events) {
        this.mostBytes = mostBytes;
        this.events = events;
    }

    /** Where to go on; null: the server gave no id. */
    public String lastId() {
        return lastId;
    }

    /** How long the server wants to be left alone before a stream is taken up again; null: not said. */
    public Long retryMillis() {
        return retryMillis;
    }

    /** Fails with IllegalStateException when an event is too large. */
    public void feed(byte[] bytes) {
        for (byte one : bytes) {
            if (one == '\n' && afterReturn) {
                afterReturn = false;
                continue;
            }
            afterReturn = one == '\r';
            if (one == '\n' || one == '\r') {
                String text = line.toString(StandardCharsets.UTF_8);
                line.reset();
                line(first && text.startsWith("\uFEFF") ? text.substring(1) : text);
                first = false;
            } else if (line.size() >= mostBytes) {
                throw new IllegalStateException("a line of the event stream is longer than " + mostBytes + " bytes");
            } else {
                line.write(one);
            }
        }
    }

    private void line(String text) {
        if (text.isEmpty()) {
            if (hasData) {
                events.accept(new Event(lastId, data.toString()));
            }
            data.setLength(0);
            hasData = false;
            return;
        }
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        String value = colon < 0 ? "" : text.substring(colon + 1);
        if (value.startsWith(" ")) {
            value = value.substring(1);
        }
        switch (name) {
            case "data" -> add(value);
            case "id" -> {
                if (value.indexOf('\0') < 0 && value.length() <= LONGEST_ID) {
                    lastId = value.isEmpty() ? null : value;
                }
            }
            case "retry" -> {
                if (!value.isEmpty() && value.length() < 10 && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    retryMillis = Long.valueOf(value);
                }
            }
            default -> {
                // comments, kinds of events, and what later versions may add
            }
        }
    }

    private void add(String value) {
        if (data.length() + value.length() > mostBytes) {
            throw new IllegalStateException("an event is larger than " + mostBytes + " bytes");
        }
        if (hasData) {
            data.append('\n');
        }
        data.append(value);
        hasData = true;
    }
}
