package io.aiwm.controller.api;

import io.aiwm.controller.execution.Pins;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Resource;
import io.vertx.core.json.JsonObject;

/** {@code /api/executions/{id}/pin} and {@code /api/pins}: what is kept however old it is. */
public final class PinResource implements Resource {
    private final Pins pins;

    public PinResource(Pins pins) {
        this.pins = pins;
    }

    @Override
    public String fragment() {
        return "pins";
    }

    @Override
    public void mount(Api api) {
        api.on(
                "pinExecution",
                request -> pins.pin(request.id(), request.principal().name()).map(done -> Reply.noContent()));
        api.on("unpinExecution", request -> pins.unpin(request.id()).map(done -> Reply.noContent()));
        api.on(
                "listPins",
                request -> pins.find(request.pageSize(), request.pageToken())
                        .map(page -> Reply.page(
                                LenientListing.of(page.items(), Pins.Pin::id, PinResource::shown),
                                page.nextCursor(),
                                null)));
    }

    private static JsonObject shown(Pins.Pin pin) {
        return new JsonObject()
                .put("id", pin.id())
                .put("createdBy", pin.createdBy())
                .put("createdAt", String.valueOf(pin.createdAt()));
    }
}
