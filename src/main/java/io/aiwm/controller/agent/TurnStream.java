package io.aiwm.controller.agent;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a running turn tells its readers, from its beginning: a reader that joins late misses nothing. Pieces of a message are kept until
 * the message is whole, so what is kept is bounded by the limits of a turn. Thread-safe.
 */
final class TurnStream {
    static final int MOST_READERS = 100;
    /** Pieces of one message are joined beyond this number. */
    private static final int MOST_PIECES = 2_000;

    static final String DELTA = "delta";
    static final String DONE = "done";
    static final String PROGRESS = "progress";

    /**
     * @param id of the stream that told it, and a number that grows
     * @param type {@code delta}, {@code restart}, {@code message}, {@code tool}, {@code progress}, {@code approval} or {@code done}
     * @param first the number of the first of the pieces that it joins; its own number where it joins none
     */
    record Event(String id, String type, JsonObject data, long first) {}

    private final String run;
    private final List<Event> events = new ArrayList<>();
    private final List<Consumer<Event>> readers = new ArrayList<>();
    private long number;
    private int pieces;
    private boolean done;

    /** @param run told from those of other turns and processes by this name */
    TurnStream(String run) {
        this.run = run;
    }

    synchronized void tell(String type, JsonObject data) {
        if (done) {
            return;
        }
        number++;
        var event = new Event(run + "." + number, type, data, number);
        if (type.equals(DELTA)) {
            keepPiece(event);
        } else {
            if (type.equals("message") || type.equals("restart")) {
                forgetPieces();
            } else if (type.equals(PROGRESS)) {
                forgetProgress(data.getString("toolCallId"));
            }
            events.add(event);
        }
        done = type.equals(DONE);
        for (Consumer<Event> reader : List.copyOf(readers)) {
            reader.accept(event);
        }
        if (done) {
            readers.clear();
        }
    }

    /** A reader that comes later gets many pieces as one, under the number of the last one. */
    private void keepPiece(Event event) {
        events.add(event);
        if (++pieces < MOST_PIECES) {
            return;
        }
        var text = new StringBuilder();
        long first = Long.MAX_VALUE;
        for (Event each : events) {
            if (each.type().equals(DELTA)) {
                text.append(each.data().getString("text"));
                first = Math.min(first, each.first());
            }
        }
        forgetPieces();
        events.add(new Event(event.id(), DELTA, event.data().copy().put("text", text.toString()), first));
        pieces = 1;
    }

    /** Of each call, the last is enough for whoever comes later. */
    private void forgetProgress(String toolCallId) {
        events.removeIf(event ->
                event.type().equals(PROGRESS) && toolCallId.equals(event.data().getString("toolCallId")));
    }

    /** The message itself says all of them. */
    private void forgetPieces() {
        for (Iterator<Event> each = events.iterator(); each.hasNext(); ) {
            if (each.next().type().equals(DELTA)) {
                each.remove();
            }
        }
        pieces = 0;
    }

    /**
     * Adds a reader, and gives it what it has not seen.
     *
     * @param after the id of the last event that it has; null, or of another stream: it gets all
     * @return ends the reading; null: there are too many readers
     */
    synchronized Runnable read(String after, Consumer<Event> reader) {
        if (readers.size() >= MOST_READERS) {
            return null;
        }
        long seen = after != null && after.startsWith(run + ".") ? numberOf(after) : 0;
        for (Event event : events) {
            if (numberOf(event.id()) > seen) {
                if (event.first() <= seen) { // it has some of these pieces
                    var again = new JsonObject().put("messageId", event.data().getString("messageId"));
                    reader.accept(new Event(run + "." + seen, "restart", again, seen));
                }
                reader.accept(event);
            }
        }
        if (!done) {
            readers.add(reader);
        }
        return () -> leave(reader);
    }

    private static long numberOf(String id) {
        try {
            return Long.parseLong(id.substring(id.lastIndexOf('.') + 1));
        } catch (NumberFormatException none) {
            return 0;
        }
    }

    private synchronized void leave(Consumer<Event> reader) {
        readers.remove(reader);
    }
}
