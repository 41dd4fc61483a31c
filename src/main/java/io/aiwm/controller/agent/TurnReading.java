package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Reads turns along: from the process that carries them out piece by piece, otherwise message by message from the store. */
public final class TurnReading {
    private static final long LOOK_MILLIS = 500;

    private final Vertx vertx;
    private final TurnStreams streams;
    private final Turns turns;

    TurnReading(Vertx vertx, TurnStreams streams, Turns turns) {
        this.vertx = vertx;
        this.streams = streams;
        this.turns = turns;
    }

    /** @param data of the event, a JSON object. The last event of a turn has the type {@code done} */
    public record Told(String id, String type, JsonObject data) {
        public boolean isLast() {
            return type.equals(TurnStream.DONE);
        }
    }

    /**
     * What is to be read.
     *
     * @param mayBegin whether its conversation says that it runs: it may have no execution yet then
     * @param after the id of the last event that the reader has; null: none
     */
    public record Wanted(String executionId, boolean mayBegin, String after) {}

    /**
     * Begins to read. What the reader has not seen comes first.
     *
     * @param of the turn, and the id of the last event that the reader has
     * @return ends the reading. Fails with LIMITED when there are too many readers
     */
    public Runnable read(Wanted of, Consumer<Told> reader) {
        String executionId = of.executionId();
        String after = of.after();
        Consumer<TurnStream.Event> told = event -> reader.accept(new Told(event.id(), event.type(), event.data()));
        TurnStream stream = streams.known(executionId);
        if (stream == null) {
            var reading = new Stored(of, reader);
            reading.look();
            return reading::stop;
        }
        Runnable leave = stream.read(after, told);
        if (leave == null) {
            throw Failure.limited(TurnStream.MOST_READERS + " readers read this turn already", 5);
        }
        return leave;
    }

    private final class Stored {
        private static final String RUN = "stored.";

        private final String executionId;
        private final boolean mayBegin;
        private final Consumer<Told> reader;
        private final Set<String> told = new HashSet<>();
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final long seen;
        private long number;

        Stored(Wanted of, Consumer<Told> reader) {
            String after = of.after();
            this.executionId = of.executionId();
            this.mayBegin = of.mayBegin();
            this.reader = reader;
            this.seen = after != null && after.matches("stored\\.[0-9]{1,9}")
                    ? Long.parseLong(after.substring(RUN.length()))
                    : 0;
        }

        void stop() {
            stopped.set(true);
        }

        void look() {
            if (stopped.get()) {
                return;
            }
            // the turn before its messages: when it has ended, they are all there
            turns.execution(executionId)
                    .compose(turn -> turns.messages().ofTurn(executionId).map(made -> {
                        made.stream()
                                .filter(message -> told.add(message.id()))
                                .forEach(message -> tell("message", Json.toObject(message)));
                        return turn;
                    }))
                    .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                            ? Future.succeededFuture(null)
                            : Future.failedFuture(cause))
                    .onComplete(done -> {
                        if (done.succeeded()
                                && (done.result() == null
                                        ? !mayBegin
                                        : done.result().status().isFinal())) {
                            var data = new JsonObject()
                                    .put("executionId", executionId)
                                    .put(
                                            "status",
                                            done.result() == null
                                                    ? "DELETED"
                                                    : done.result().status().name());
                            if (done.result() != null && done.result().error() != null) {
                                data.put("error", done.result().error().message());
                            }
                            tell(TurnStream.DONE, data);
                        } else {
                            vertx.setTimer(LOOK_MILLIS, due -> look());
                        }
                    });
        }

        private void tell(String type, JsonObject data) {
            number++;
            if (number > seen && !stopped.get()) {
                reader.accept(new Told(RUN + number, type, data));
            }
        }
    }
}
