package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.log.LogTimes;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A log on its way to a client, however often its beginning is read again: each byte is written once, and what is missing is
 * said where it is missing. On the request's event loop.
 */
final class ClientLog {
    private final HttpServerResponse response;
    private final StreamForm form;
    private final int tail;
    private LogPosition position = new LogPosition();
    private TimestampedText timed = new TimestampedText();

    /** @param tail how many of the last lines it begins with; -1 for all */
    ClientLog(HttpServerResponse response, StreamForm form, int tail) {
        this.response = response;
        this.form = form;
        this.tail = tail;
    }

    /** What is written from here on is of another attempt. */
    void restart() {
        position = new LogPosition();
        timed = new TimestampedText();
    }

    /** How many of the last lines are to be read next; -1 for all. */
    int lines() {
        return tail >= 0 && position.begun() ? 0 : tail;
    }

    /** What is read from here on begins where it began for the client; of the last lines nobody knows where that was. */
    void again() {
        if (tail < 0) {
            if (position.again()) {
                note("[aiwm] from the lines that are missing on it is told once more\n");
            }
        } else {
            position.anywhere();
        }
    }

    void printed(String stream, String text) {
        printed(stream, text, null);
    }

    /** @param times of each line of it; null: they are not known */
    void printed(String stream, String text, List<String> times) {
        String fresh = text == null ? "" : position.printed(text);
        if (!fresh.isEmpty()) {
            List<String> ofFresh =
                    times == null ? null : times.subList(times.size() - LogTimes.lines(fresh), times.size());
            String written = form == StreamForm.TEXT ? timed.of(stream, fresh, ofFresh) : fresh;
            response.write(form.log(stream, written, ofFresh));
        }
    }

    void missing(long bytes, String why) {
        long fresh = position.missing(bytes);
        if (fresh > 0) {
            note("[aiwm] " + fresh + " bytes are missing here: " + why + "\n");
        }
    }

    /** @param said by the node, which does not know how much is missing */
    void missingSome(String said) {
        position.missingSome();
        note(said);
    }

    /** What was kept may begin later than what was written: so much less of it comes again, or some is missing. */
    void withoutDropped(JsonObject output) {
        JsonObject log = output == null ? null : output.getJsonObject("log");
        if (log == null || !log.getBoolean("truncated", false)) {
            return;
        }
        Long dropped = log.getLong("droppedBytes");
        if (dropped != null) {
            missing(dropped, "only the end of the log was kept");
            return;
        }
        note("[aiwm] only the end of the log was kept, and how much is missing here is not known"
                + (position.begun() ? "; some of what follows may have come before\n" : "\n"));
        position.anywhere();
    }

    /**
     * Writes, and succeeds when there is room for more. Fails when the client is gone.
     *
     * @param cut so many bytes of a character of which the rest is not there
     */
    Future<Void> writeInTurn(int cut, String text) {
        if (response.closed()) {
            return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the client is gone"));
        }
        position.missing(cut);
        printed("stdout", text);
        if (!response.writeQueueFull()) {
            return Future.succeededFuture();
        }
        Promise<Void> room = Promise.promise();
        response.drainHandler(drained -> room.tryComplete());
        return room.future();
    }

    /** What AIWM says of the log is no part of it: it does not count as printed. */
    void note(String text) {
        response.write(form.note(text));
    }
}
