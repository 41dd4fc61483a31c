package io.aiwm.protocol;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.Json;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.protocol.seal.ControllerSeal;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A typed place on the event bus: which record goes in, which record comes back. Nothing but this class touches the event
 * bus.
 *
 * @param <B> the record that is sent; {@link Buffer} for bytes that are sealed already
 * @param <R> the record that is replied; {@link Void} where nothing is
 * @param reach who may speak and listen there
 */
public record Address<B, R>(String name, Class<B> body, Class<R> reply, Reach reach) {
    private static final Logger LOG = LoggerFactory.getLogger(Address.class);
    private static final RateLimitedLog REFUSALS = RateLimitedLog.refusals(LOG);
    /** What is sealed where there is nothing to answer: a bare answer could be anybody's. */
    private static final byte[] NOTHING = new byte[0];

    /**
     * Header of every message that stays in this process, with {@link #PROCESS_MARK} as its value: by it a listener that
     * other members can reach too tells ours from theirs.
     */
    public static final String PROCESS_HEADER = "aiwm-process";

    /** Known to nobody outside this process. */
    public static final String PROCESS_MARK = Ids.secret();

    /** Who may speak and listen on an address. */
    public enum Reach {
        /** Controllers only: in a cluster every message and answer is sealed, see {@link ControllerSeal}. */
        CONTROLLERS,
        /** Every member of the cluster, workers included: listeners trust nothing that is not sealed otherwise. */
        MEMBERS,
        /** This process; no other member can speak or listen. */
        PROCESS
    }

    /** An address for controllers. */
    public Address(String name, Class<B> body, Class<R> reply) {
        this(name, body, reply, Reach.CONTROLLERS);
    }

    /** The same address for one node, controller or record: fills the {@code {id}} in the name. */
    public Address<B, R> at(String id) {
        return new Address<>(name.replace("{id}", id), body, reply, reach);
    }

    /** Sends and waits for the reply; fails with a {@link Failure}, never with a raw bus exception. */
    public Future<R> ask(Vertx vertx, B message, Duration timeout) {
        Object sent;
        try {
            sent = encode(vertx, name, message);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
        return vertx.eventBus()
                .request(name, sent, options().setSendTimeout(timeout.toMillis()))
                .recover(cause -> Future.failedFuture(Failure.of(cause)))
                .map(answer -> isSealed(vertx) || (answer.body() != null && reply != Void.class)
                        ? opener(vertx).open(answer.body(), answerName(vertx, sent), reply)
                        : null);
    }

    /**
     * What several answered.
     *
     * @param given by id, in the order in which they were asked
     * @param silent ids of those that did not answer in time
     */
    public record Answers<R>(Map<String, R> given, List<String> silent) {}

    /** Asks the address of each id at the same time, and waits for all. Never fails. */
    public Future<Answers<R>> askEach(Vertx vertx, Collection<String> ids, B message, Duration timeout) {
        var asked = new LinkedHashMap<String, Future<R>>();
        ids.forEach(id -> asked.put(id, at(id).ask(vertx, message, timeout)));
        return Future.join(List.copyOf(asked.values())).transform(done -> {
            var given = new LinkedHashMap<String, R>();
            var silent = new ArrayList<String>();
            asked.forEach((id, answer) -> {
                if (answer.failed() || answer.result() == null) {
                    silent.add(id);
                } else {
                    given.put(id, answer.result());
                }
            });
            return Future.succeededFuture(new Answers<>(given, silent));
        });
    }

    /** Sends to one listener and does not wait; best effort. */
    public void send(Vertx vertx, B message) {
        vertx.eventBus().send(name, encode(vertx, name, message), options());
    }

    /** Tells everyone who listens; delivery is best effort, so a message is a hint and never the only record. */
    public void publish(Vertx vertx, B message) {
        vertx.eventBus().publish(name, encode(vertx, name, message), options());
    }

    /** Calls the handler for each message; one that may not be said, or does not decode, is dropped as a lost hint is. */
    public MessageConsumer<Object> listen(Vertx vertx, Handler<B> handler) {
        Opener opener = opener(vertx);
        return consumer(
                vertx, message -> decode(opener, message).onSuccess(handler).onFailure(Address::refused));
    }

    /** Answers every request with the future's outcome. */
    public MessageConsumer<Object> serve(Vertx vertx, Function<B, Future<R>> service) {
        Opener opener = opener(vertx);
        return consumer(
                vertx,
                message -> decode(opener, message)
                        .onFailure(Address::refused)
                        .compose(service)
                        .onSuccess(answer -> message.reply(answered(vertx, message.body(), answer)))
                        .onFailure(cause -> Failure.of(cause).replyTo(message)));
    }

    private MessageConsumer<Object> consumer(Vertx vertx, Handler<Message<Object>> handler) {
        return reach == Reach.PROCESS
                ? vertx.eventBus().localConsumer(name, handler)
                : vertx.eventBus().consumer(name, handler);
    }

    private DeliveryOptions options() {
        return reach == Reach.PROCESS
                ? new DeliveryOptions().setLocalOnly(true).addHeader(PROCESS_HEADER, PROCESS_MARK)
                : new DeliveryOptions();
    }

    private Future<B> decode(Opener opener, Message<Object> message) {
        Object arrived;
        try {
            arrived = message.body();
        } catch (RuntimeException unreadable) {
            // it is read only here, and what a member has sent need not be what it says it is
            return Future.failedFuture(Failure.invalid(name + ": the message cannot be read"));
        }
        try {
            return Future.succeededFuture(opener.open(arrived, name, body));
        } catch (Failure cause) {
            return Future.failedFuture(new Failure(cause.kind, name + ": " + cause.getMessage()));
        }
    }

    /**
     * Drops what other members send to addresses with this prefix, also where the listener is not ours. From now on only
     * messages of this process arrive there.
     */
    public static void onlyFromHere(Vertx vertx, String prefix) {
        vertx.eventBus().addInboundInterceptor(delivery -> {
            Message<?> message = delivery.message();
            if (message.address().startsWith(prefix)
                    && !PROCESS_MARK.equals(message.headers().get(PROCESS_HEADER))) {
                refused(Failure.invalid(message.address() + ": only a controller speaks to its own pages there"));
            } else {
                delivery.next();
            }
        });
    }

    /** Who sends what may not be sent is named once, not with each of a million messages. */
    private static void refused(Throwable cause) {
        REFUSALS.refused("a member of the cluster", cause.getMessage());
    }

    private boolean isSealed(Vertx vertx) {
        return reach == Reach.CONTROLLERS && vertx.isClustered();
    }

    private Object encode(Vertx vertx, String boundTo, Object message) {
        if (message instanceof Buffer) {
            return message;
        }
        // the busiest type of all: no reflection
        JsonObject json = message instanceof Envelope envelope ? envelope.toJson() : Json.toObject(message);
        return isSealed(vertx)
                ? ControllerSeal.of(vertx).seal(boundTo, json.encode().getBytes(StandardCharsets.UTF_8))
                : json;
    }

    private Object answered(Vertx vertx, Object question, Object answer) {
        if (answer != null) {
            return encode(vertx, answerName(vertx, question), answer);
        }
        return isSealed(vertx) ? ControllerSeal.of(vertx).seal(answerName(vertx, question), NOTHING) : null;
    }

    private String answerName(Vertx vertx, Object question) {
        return isSealed(vertx) ? ControllerSeal.answerTo(name, (Buffer) question) : name;
    }

    private Opener opener(Vertx vertx) {
        return new Opener(isSealed(vertx) ? ControllerSeal.of(vertx).receiver() : null);
    }

    /** Reads what arrives at one listener. @param seal null where nothing is sealed */
    private record Opener(ControllerSeal.Receiver seal) {
        <T> T open(Object arrived, String boundTo, Class<T> type) {
            if (type == Buffer.class) {
                if (arrived instanceof Buffer bytes) {
                    return type.cast(bytes);
                }
                throw Failure.invalid("bytes are expected");
            }
            if (seal != null) {
                if (arrived instanceof Buffer bytes) {
                    byte[] plain = seal.open(boundTo, bytes);
                    return plain.length == 0 || type == Void.class
                            ? null
                            : read(new JsonObject(Buffer.buffer(plain)), type);
                }
                throw new Failure(Failure.Kind.FORBIDDEN, "the message is not sealed by a controller");
            }
            if (arrived instanceof JsonObject json) {
                return read(json, type);
            }
            throw Failure.invalid("a JSON object is expected");
        }

        private static <T> T read(JsonObject json, Class<T> type) {
            return type == Envelope.class ? type.cast(Envelope.of(json)) : Json.decode(json, type);
        }
    }
}
