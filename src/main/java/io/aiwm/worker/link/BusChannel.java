package io.aiwm.worker.link;

import io.aiwm.common.Failure;
import io.aiwm.protocol.BusAddresses;
import io.aiwm.protocol.Envelope;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the two transports over the event bus share: how a session is kept, and how it is noticed that it has ended. */
abstract class BusChannel implements Transport.Channel {
    /** How soon a worker notices that its controller is gone, however seldom it has something to say. */
    private static final long LOOK_EVERY_MS = 2_000;
    /** Looks without an answer after which nothing more is sent until one comes: nothing piles up before a controller that hangs. */
    private static final int MAX_UNANSWERED = 2;
    /** Messages handed over and not yet answered; beyond it they are dropped. */
    private static final int MAX_UNDER_WAY = 1_000;

    private static final Logger log = LoggerFactory.getLogger(BusChannel.class);

    private final Vertx vertx;
    private final String nodeId;
    private final Transport.Listener listener;
    private MessageConsumer<?> inbound;
    private int underWay;
    private int unanswered;
    private long looking = -1;
    private boolean registered;
    private boolean ended;

    BusChannel(Vertx vertx, String nodeId, Transport.Listener listener) {
        this.vertx = vertx;
        this.nodeId = nodeId;
        this.listener = listener;
    }

    /** Hands one message to the controller. What comes back may say no more than that it was sent. */
    abstract Future<Void> deliver(Envelope message);

    /** The same, and waits for an answer: UNAUTHENTICATED where the session is void, UNAVAILABLE where no controller answers. */
    abstract Future<Void> ask(Envelope message);

    /** Listening comes first: the first command may be here before the answer to the registration. */
    Future<Void> listening(MessageConsumer<?> consumer) {
        inbound = consumer;
        return consumer.completion();
    }

    Vertx vertx() {
        return vertx;
    }

    @Override
    public String nodeId() {
        return nodeId;
    }

    Future<Void> received(Envelope message) {
        if (!ended) {
            listener.message(message);
        }
        return Future.succeededFuture();
    }

    /** The controller has answered the registration: from now on it is watched. */
    void registered() {
        registered = true;
        if (!ended) {
            looking = vertx.setPeriodic(LOOK_EVERY_MS, ignored -> look());
        }
    }

    /** A message that changes nothing: a controller that lost the session refuses it, one that is gone does not answer. */
    private void look() {
        unanswered++;
        Envelope message = Envelope.of(BusAddresses.LOOK, new JsonObject());
        ask(message).onComplete(answered -> unanswered = 0).onFailure(cause -> refused(message, Failure.of(cause)));
    }

    @Override
    public void send(Envelope message) {
        if (!registered || ended || underWay >= MAX_UNDER_WAY || unanswered > MAX_UNANSWERED) {
            return;
        }
        underWay++;
        deliver(message).onComplete(answered -> underWay--).onFailure(cause -> refused(message, Failure.of(cause)));
    }

    private void refused(Envelope message, Failure failure) {
        switch (failure.kind) {
            case UNAUTHENTICATED ->
                end(new LinkEnding(LinkEnding.Kind.MOVED, "the controller does not know this session"));
            case UNAVAILABLE -> end(new LinkEnding(LinkEnding.Kind.MOVED, "the controller is gone"));
            // silence: three heartbeats without an answer decide
            case TIMEOUT -> log.debug("no answer to {}", message.type());
            case INVALID,
                    FORBIDDEN,
                    NOT_FOUND,
                    CONFLICT,
                    GONE,
                    PRECONDITION,
                    TOO_LARGE,
                    UNSUPPORTED_MEDIA_TYPE,
                    UNPROCESSABLE,
                    LIMITED,
                    REQUEST_TIMEOUT,
                    INTERNAL -> log.warn("the controller refused {}: {}", message.type(), failure.getMessage());
        }
    }

    void end(LinkEnding why) {
        if (!ended) {
            close();
            listener.ended(why);
        }
    }

    @Override
    public Future<Void> close() {
        ended = true;
        vertx.cancelTimer(looking);
        return inbound == null ? Future.succeededFuture() : inbound.unregister();
    }
}
