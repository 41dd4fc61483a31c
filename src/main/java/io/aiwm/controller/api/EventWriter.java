package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.eventlog.ClusterEvent;
import io.aiwm.controller.eventlog.EventFilter;
import io.aiwm.controller.eventlog.EventReader;
import io.aiwm.controller.eventlog.EventTail;
import io.aiwm.controller.http.Reply;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

/** Events as they come, to a client, as server-sent events or lines. */
final class EventWriter implements EventReader.Client {
    private final EventTail tail;
    private final EventFilter filter;
    private final StreamForm form;
    private HttpServerResponse response;
    private EventReader reader;

    /** @param form events or lines */
    EventWriter(EventTail tail, EventFilter filter, StreamForm form) {
        this.tail = tail;
        this.filter = filter;
        this.form = form;
    }

    Reply reply(long after) {
        return Reply.stream(form.contentType, to -> start(to, after));
    }

    private void start(HttpServerResponse to, long after) {
        response = to;
        reader = new EventReader(Vertx.currentContext(), tail, filter, after, this);
        response.setChunked(true);
        response.putHeader("X-Accel-Buffering", "no");
        response.closeHandler(gone -> reader.close());
        response.exceptionHandler(broken -> reader.close());
        response.drainHandler(room -> reader.pump());
        response.writeHead();
        reader.start();
    }

    @Override
    public void send(ClusterEvent event) {
        response.write(
                form == StreamForm.EVENTS
                        ? "id: " + event.revision() + "\ndata: " + event.text() + "\n\n"
                        : event.text() + "\n");
    }

    @Override
    public void sendAlive(long position) {
        response.write(
                form == StreamForm.EVENTS
                        ? ": still here\nid: " + position + "\n\n"
                        : ClusterEvent.place(position) + "\n");
    }

    @Override
    public boolean isFull() {
        return response.writeQueueFull();
    }

    /** A client that takes nothing would not get a last word either. */
    @Override
    public void end(Failure why) {
        if (why.kind != Failure.Kind.GONE) {
            response.reset();
            return;
        }
        var last = new JsonObject().put("code", "gone").put("status", 410).put("detail", why.getMessage());
        response.end(
                form == StreamForm.EVENTS
                        ? "event: gone\ndata: " + last.encode() + "\n\n"
                        : new JsonObject().put("problem", last).encode() + "\n");
    }
}
