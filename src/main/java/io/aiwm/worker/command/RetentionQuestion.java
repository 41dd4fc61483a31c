package io.aiwm.worker.command;

import io.aiwm.common.Ids;
import io.aiwm.common.Json;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.RetentionAsk;
import io.aiwm.protocol.RetentionKept;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;

/**
 * Asks the controller what must stay on this node. One question at a time; an answer to an earlier one is dropped. Safe to
 * call from any thread.
 */
public final class RetentionQuestion {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final Uplink uplink;
    private final long patienceMillis;
    private String askId;
    private Promise<RetentionKept> answer;

    public RetentionQuestion(Vertx vertx, Uplink uplink) {
        this(vertx, uplink, PATIENCE);
    }

    /** @param patience without an answer for so long there is none */
    RetentionQuestion(Vertx vertx, Uplink uplink, Duration patience) {
        this.vertx = vertx;
        this.uplink = uplink;
        this.patienceMillis = patience.toMillis();
    }

    /** Fails when no controller answers, as without a session. */
    public Future<RetentionKept> ask(List<String> owners) {
        Promise<RetentionKept> asked = Promise.promise();
        String id = Ids.uuid7();
        synchronized (this) {
            if (answer != null) {
                return Future.failedFuture(
                        new CommandFailure(ErrorCategory.CONFLICT, "the controller is being asked already"));
            }
            askId = id;
            answer = asked;
        }
        long timer = vertx.setTimer(
                patienceMillis,
                late -> asked.tryFail(new CommandFailure(
                        ErrorCategory.NETWORK, "the controller does not say what must stay on this node")));
        uplink.send(RetentionAsk.TYPE, Json.toObject(new RetentionAsk(null, id, owners)), null);
        return asked.future().onComplete(done -> {
            vertx.cancelTimer(timer);
            forget(id);
        });
    }

    private synchronized void forget(String id) {
        if (id.equals(askId)) {
            askId = null;
            answer = null;
        }
    }

    /** An answer to no open question is dropped. */
    public void answered(RetentionKept kept) {
        Promise<RetentionKept> waiting;
        synchronized (this) {
            waiting = kept.askId() != null && kept.askId().equals(askId) ? answer : null;
        }
        if (waiting != null) {
            waiting.tryComplete(kept);
        }
    }
}
