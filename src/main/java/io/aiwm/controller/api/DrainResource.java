package io.aiwm.controller.api;

import io.aiwm.controller.drain.Drains;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.node.Drain;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** {@code /api/nodes/{id}/drain}: empty a node, see how far that is, end it. */
public final class DrainResource implements Resource {
    private final Drains drains;

    public DrainResource(Drains drains) {
        this.drains = drains;
    }

    @Override
    public String fragment() {
        return "drains";
    }

    @Override
    public void mount(Api api) {
        api.on("drainNode", this::start);
        api.on("getNodeDrain", request -> drains.progress(request.id()).map(Reply::ok));
        api.on("stopNodeDrain", request -> drains.stop(request.id()).map(done -> Reply.noContent()));
    }

    private Future<Reply> start(Request request) {
        JsonObject terms = request.json();
        Long seconds = terms.getLong("deadlineSeconds", Drain.DEFAULT_TIME.toSeconds());
        return drains.start(
                        request.id(),
                        seconds == null ? null : Duration.ofSeconds(seconds),
                        terms.getBoolean("force", false),
                        terms.getString("message"),
                        request.principal().name())
                .map(Reply::ok);
    }
}
