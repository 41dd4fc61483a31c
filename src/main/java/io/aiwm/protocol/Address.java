package io.aiwm.protocol;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.function.Function;

/**
 * A typed place on the event bus: which record goes in, which record comes back. Bodies travel as JSON objects, so the
 * browser bridge can read them and two versions of AIWM can talk. Nothing but this class touches the event bus.
 *
 * @param <B> the record that is sent
 * @param <R> the record that is replied; {@link Void} where nothing is
 */
public record Address<B, R>(String name, Class<B> body, Class<R> reply) {

    /** The same address for one node, controller or record: fills the {@code {id}} in the name. */
    public Address<B, R> at(String id) {
        return new Address<>(name.replace("{id}", id), body, reply);
    }

    /** Sends and waits for the reply; fails with a {@link Failure}, never with a raw bus exception. */
    public Future<R> ask(Vertx vertx, B message, Duration timeout) {
        return ask(vertx, message, new DeliveryOptions().setSendTimeout(timeout.toMillis()));
    }

    /** The same, but only of who listens in this process, be there as many members in the cluster as may be. */
    public Future<R> askHere(Vertx vertx, B message, Duration timeout) {
        return ask(
                vertx,
                message,
                new DeliveryOptions().setSendTimeout(timeout.toMillis()).setLocalOnly(true));
    }

    private Future<R> ask(Vertx vertx, B message, DeliveryOptions options) {
        return vertx.eventBus()
                .<JsonObject>request(name, Json.toObject(message), options)
                .map(answer -> answer.body() == null || reply == Void.class ? null : Json.decode(answer.body(), reply))
                .recover(cause -> Future.failedFuture(Failure.of(cause)));
    }

    /** Sends to one listener and does not wait; best effort. */
    public void send(Vertx vertx, B message) {
        vertx.eventBus().send(name, Json.toObject(message));
    }

    /** Tells everyone who listens; delivery is best effort, so a message is a hint and never the only record. */
    public void publish(Vertx vertx, B message) {
        vertx.eventBus().publish(name, Json.toObject(message));
    }

    /** Calls the handler for each message; one that does not decode is dropped, as a lost hint would be. */
    public MessageConsumer<JsonObject> listen(Vertx vertx, Handler<B> handler) {
        return vertx.eventBus().consumer(name, message -> decode(message).onSuccess(handler));
    }

    /** Answers every request with the future's outcome. */
    public MessageConsumer<JsonObject> serve(Vertx vertx, Function<B, Future<R>> service) {
        return vertx.eventBus().consumer(name, message -> answer(message, service));
    }

    /** Answers every request of this process; no other member of the cluster hears of it. */
    public MessageConsumer<JsonObject> serveHere(Vertx vertx, Function<B, Future<R>> service) {
        return vertx.eventBus().localConsumer(name, message -> answer(message, service));
    }

    private void answer(Message<JsonObject> message, Function<B, Future<R>> service) {
        decode(message)
                .compose(service)
                .onSuccess(answer -> message.reply(answer == null ? null : Json.toObject(answer)))
                .onFailure(cause -> Failure.of(cause).replyTo(message));
    }

    private Future<B> decode(Message<JsonObject> message) {
        try {
            return Future.succeededFuture(Json.decode(message.body(), body));
        } catch (Failure cause) {
            return Future.failedFuture(Failure.invalid(name + ": " + cause.getMessage()));
        }
    }
}
