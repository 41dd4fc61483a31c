package io.aiwm.controller.api;

import io.aiwm.controller.agent.TurnReading;
import io.aiwm.controller.agent.TurnReading.Told;
import io.aiwm.controller.http.Reply;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

/** What a turn tells, to a client, as it is told. A client that is too slow is let go: it reads on from where it was. */
final class TurnWriter {
    private static final int MOST_CHARS = 4 << 20;
    private static final Duration STILL_HERE = Duration.ofSeconds(10);

    private final TurnReading reading;
    private final StreamForm form;
    /** What the client has no room for; used on its event loop alone. */
    private final Queue<String> waiting = new ArrayDeque<>();

    private long waitingChars;
    private HttpServerResponse response;
    private long alive;
    private Runnable leave;
    private boolean over;
    private boolean last;

    /** @param form events or lines */
    TurnWriter(TurnReading reading, StreamForm form) {
        this.reading = reading;
        this.form = form;
    }

    Reply reply(TurnReading.Wanted turn) {
        return Reply.stream(form.contentType, to -> start(to, turn));
    }

    private void start(HttpServerResponse to, TurnReading.Wanted turn) {
        Context context = Vertx.currentContext();
        response = to;
        // before the head: who may not read along is told so; events come after this
        leave = reading.read(turn, event -> context.runOnContext(go -> arrived(event)));
        response.setChunked(true);
        response.putHeader("X-Accel-Buffering", "no");
        response.closeHandler(gone -> close());
        response.exceptionHandler(broken -> close());
        response.drainHandler(room -> flush());
        alive = context.owner().setPeriodic(STILL_HERE.toMillis(), tick -> response.write(form.alive()));
        response.writeHead();
    }

    private void arrived(Told event) {
        if (over) {
            return;
        }
        String text = text(event);
        waiting.add(text);
        waitingChars += text.length();
        last |= event.isLast();
        flush();
        if (waitingChars > MOST_CHARS) {
            close();
            response.reset();
        }
    }

    private String text(Told event) {
        return form == StreamForm.EVENTS
                ? "id: " + event.id() + "\nevent: " + event.type() + "\ndata: "
                        + event.data().encode() + "\n\n"
                : new JsonObject()
                                .put("id", event.id())
                                .put("type", event.type())
                                .put("data", event.data())
                                .encode() + "\n";
    }

    private void flush() {
        while (!over && !waiting.isEmpty() && !response.writeQueueFull()) {
            String text = waiting.remove();
            waitingChars -= text.length();
            response.write(text);
        }
        if (last && waiting.isEmpty() && !over) {
            close();
            response.end();
        }
    }

    private void close() {
        if (!over) {
            over = true;
            response.exceptionHandler(null);
            Vertx.currentContext().owner().cancelTimer(alive);
            if (leave != null) {
                leave.run();
            }
        }
    }
}
