package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Execution;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Reads turns along: from the controller that carries them out piece by piece, otherwise message by message from the store. */
public final class TurnReading {
    private static final long LOOK_MILLIS = 500;
    /** Until a turn that has begun is known to whoever carries it out. */
    private static final long TRY_MILLIS = 50;

    private static final int MOST_TRIES = 10;
    /** The other controller answers within {@link TurnAnswers#WAIT}. */
    private static final Duration ANSWER = TurnAnswers.WAIT.multipliedBy(2);

    private final Vertx vertx;
    private final TurnStreams streams;
    private final Turns turns;
    private final String controllerId;

    TurnReading(Vertx vertx, TurnStreams streams, Turns turns, String controllerId) {
        this.vertx = vertx;
        this.streams = streams;
        this.turns = turns;
        this.controllerId = controllerId;
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
     * @param holder the controller that carries it out; null: it has ended, or this one does
     * @param mayBegin whether its conversation says that it runs: it may have no execution yet then
     * @param after the id of the last event that the reader has; null: none
     */
    public record Wanted(String executionId, String holder, boolean mayBegin, String after) {
        /** A turn of a conversation: the running one, or one that has ended. */
        public static Wanted of(Conversation conversation, String executionId, String after) {
            Conversation.Turn turn = conversation.turn();
            boolean runs = turn != null && turn.executionId().equals(executionId);
            return new Wanted(executionId, runs ? turn.holder() : null, runs, after);
        }
    }

    /**
     * Begins to read. What the reader has not seen comes first.
     *
     * @param of the turn, and the id of the last event that the reader has
     * @return ends the reading. Fails with LIMITED when there are too many readers
     */
    public Runnable read(Wanted of, Consumer<Told> reader) {
        TurnStream stream = streams.known(of.executionId());
        if (stream == null) {
            var reading = new Later(of, reader);
            reading.begin();
            return reading::stop;
        }
        Runnable leave = stream.read(of.after(), told(reader));
        if (leave == null) {
            throw Failure.limited(TurnStream.MOST_READERS + " readers read this turn already", 5);
        }
        return leave;
    }

    private static Consumer<TurnStream.Event> told(Consumer<Told> reader) {
        return event -> reader.accept(new Told(event.id(), event.type(), event.data()));
    }

    /**
     * A turn that another controller carries out, or this one in a moment: its conversation says that it runs before it is known to
     * whoever carries it out. Otherwise the store has what was said.
     */
    private final class Later {
        private final Wanted of;
        private final Consumer<Told> reader;
        private final boolean elsewhere;
        private volatile boolean stopped;
        private volatile Runnable leave = () -> {};
        private String last;
        private int tries;

        Later(Wanted of, Consumer<Told> reader) {
            this.of = of;
            this.reader = reader;
            this.elsewhere = of.holder() != null && !of.holder().equals(controllerId);
            this.last = of.after();
        }

        void stop() {
            stopped = true;
            leave.run();
        }

        /** Set first and looked at then: whichever of two comes second sees the other. */
        private void reads(Runnable leaving) {
            leave = leaving;
            if (stopped) {
                leaving.run();
            }
        }

        void begin() {
            if (stopped) {
                return;
            }
            if (elsewhere) {
                ask();
                return;
            }
            TurnStream stream = streams.known(of.executionId());
            Runnable leaving = stream == null ? null : stream.read(last, told(reader));
            if (leaving != null) {
                reads(leaving);
            } else {
                again();
            }
        }

        private void again() {
            if (of.mayBegin() && ++tries <= MOST_TRIES) {
                vertx.setTimer(TRY_MILLIS, due -> begin());
            } else {
                store();
            }
        }

        private void store() {
            var stored = new Stored(of, reader);
            reads(stored::stop);
            stored.look();
        }

        private void ask() {
            TurnRead.ADDRESS
                    .at(of.holder())
                    .ask(vertx, new TurnRead(of.executionId(), last), ANSWER)
                    .onComplete(done -> {
                        if (stopped) {
                            return;
                        }
                        if (done.failed()) {
                            store();
                        } else if (!done.result().known()) {
                            again();
                        } else {
                            heard(done.result().items());
                        }
                    });
        }

        private void heard(List<TurnRead.Item> items) {
            boolean ended = false;
            for (TurnRead.Item item : items) {
                var told = new Told(item.id(), item.type(), item.data());
                last = told.id();
                ended = told.isLast();
                reader.accept(told);
            }
            if (!ended && !stopped) {
                ask();
            }
        }
    }

    private final class Stored {
        private final String executionId;
        /** What its ids begin with: those of another turn have not been seen here. */
        private final String run;

        private final boolean mayBegin;
        private final Consumer<Told> reader;
        private final Set<String> told = new HashSet<>();
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final long seen;
        private long number;

        Stored(Wanted of, Consumer<Told> reader) {
            String after = of.after();
            this.executionId = of.executionId();
            this.run = "stored." + executionId + ".";
            this.mayBegin = of.mayBegin();
            this.reader = reader;
            this.seen = after != null
                            && after.startsWith(run)
                            && after.substring(run.length()).matches("[0-9]{1,9}")
                    ? Long.parseLong(after.substring(run.length()))
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
                            Execution turn = done.result();
                            String status =
                                    turn == null ? "DELETED" : turn.status().name();
                            tell(
                                    TurnStream.DONE,
                                    TurnStreams.doneData(executionId, status, turn == null ? null : turn.error()));
                        } else {
                            vertx.setTimer(LOOK_MILLIS, due -> look());
                        }
                    });
        }

        private void tell(String type, JsonObject data) {
            number++;
            if (number > seen && !stopped.get()) {
                reader.accept(new Told(run + number, type, data));
            }
        }
    }
}
