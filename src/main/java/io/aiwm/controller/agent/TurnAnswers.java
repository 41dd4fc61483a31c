package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.TurnRead.Answer;
import io.aiwm.controller.agent.TurnRead.Item;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Answers {@link TurnRead}, of turns that this controller carries out. */
final class TurnAnswers {
    static final Duration WAIT = Duration.ofSeconds(5);
    /** Events that come within this time go in one answer. */
    private static final long GATHER_MILLIS = 20;
    /** An answer ends with the event that goes beyond; the next one has the rest. */
    private static final int MOST_CHARS = 1 << 20;

    private final Vertx vertx;
    private final TurnStreams streams;

    TurnAnswers(Vertx vertx, TurnStreams streams) {
        this.vertx = vertx;
        this.streams = streams;
    }

    Future<Answer> answer(TurnRead asked) {
        TurnStream stream = streams.known(asked.executionId());
        if (stream == null) {
            return Future.succeededFuture(new Answer(false, List.of()));
        }
        var waiting = new Waiting();
        Runnable leave = stream.read(asked.after(), waiting::heard);
        return leave == null
                ? Future.failedFuture(Failure.limited(TurnStream.MOST_READERS + " readers read this turn already", 5))
                : waiting.answer(leave);
    }

    /** One question. Used on its context alone. */
    private final class Waiting {
        private final Context context = vertx.getOrCreateContext();
        private final Promise<Answer> answer = Promise.promise();
        private final List<Item> items = new ArrayList<>();
        private int chars;
        private boolean gathers;

        Future<Answer> answer(Runnable leave) {
            // a reader asks up to fifty times a second: timers that stay would keep what was answered
            long timer = vertx.setTimer(WAIT.toMillis(), late -> end());
            return answer.future().onComplete(done -> {
                vertx.cancelTimer(timer);
                leave.run();
            });
        }

        void heard(TurnStream.Event event) {
            context.runOnContext(go -> add(event));
        }

        private void add(TurnStream.Event event) {
            if (answer.future().isComplete()) {
                return;
            }
            items.add(new Item(event.id(), event.type(), event.data()));
            chars += event.data().encode().length();
            if (chars > MOST_CHARS || event.type().equals(TurnStream.DONE)) {
                end();
            } else if (!gathers) {
                gathers = true;
                vertx.setTimer(GATHER_MILLIS, due -> end());
            }
        }

        private void end() {
            answer.tryComplete(new Answer(true, List.copyOf(items)));
        }
    }
}
