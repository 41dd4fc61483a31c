package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A resource whose answers the tests choose by id. */
final class ThingResource implements Resource {
    final AtomicInteger made = new AtomicInteger();
    final AtomicInteger waiting = new AtomicInteger();
    final AtomicInteger bytesFed = new AtomicInteger();
    final AtomicInteger feedsBroken = new AtomicInteger();

    @Override
    public String fragment() {
        return "things";
    }

    @Override
    public void mount(Api api) {
        api.on(
                "listThings",
                request -> Future.succeededFuture(
                        Reply.page(List.of(request.pageSize() + " " + request.queryAll("status")), "next", 7L)));
        api.on("createThing", request -> {
            made.incrementAndGet();
            return Future.succeededFuture(
                    Reply.created("/api/things/a", request.json()).etag(1));
        });
        api.on("getThing", request -> switch (request.id()) {
            case "boom" -> throw new IllegalStateException("jdbc:secret at /home/x");
            case "busy" -> Future.failedFuture(new Failure(Failure.Kind.LIMITED, "enough for now"));
            case "away" ->
                Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "No handlers for address aiwm.node.n1"));
            case "slow" -> {
                waiting.incrementAndGet();
                yield Promise.<Reply>promise().future();
            }
            case "a" ->
                Future.succeededFuture(Reply.ok(new JsonObject().put("id", "a")).etag(3));
            default -> Future.failedFuture(Failure.notFound("thing", request.id()));
        });
        api.on(
                "listenToThing",
                request -> Future.succeededFuture(Reply.stream("text/plain", response -> {
                    response.setChunked(true).write("first");
                    if (!request.id().equals("endless")) {
                        response.end();
                    }
                })));
        api.on("feedThing", request -> {
            Promise<Reply> fed = Promise.promise();
            request.content()
                    .handler(heard -> bytesFed.addAndGet(heard.length()))
                    .exceptionHandler(broken -> {
                        feedsBroken.incrementAndGet();
                        fed.tryFail(broken);
                    })
                    .endHandler(end -> fed.tryComplete(Reply.noContent()))
                    .resume();
            return fed.future();
        });
        api.on("deleteThing", request -> {
            request.requireMatch(3);
            return Future.succeededFuture(Reply.noContent());
        });
    }
}
