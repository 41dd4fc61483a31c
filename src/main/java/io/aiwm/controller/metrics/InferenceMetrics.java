package io.aiwm.controller.metrics;

import io.aiwm.inference.usage.CallHistory;
import io.aiwm.inference.usage.CallMetrics;
import io.aiwm.protocol.Address;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Calls of all gateways: each controller has those of its own gateway and of the proxies that report to it, so who asks one is told what
 * all of them have. Safe from any thread.
 */
public final class InferenceMetrics {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Asked of one controller by another. Answers with what it has itself; reads only, so asking again is harmless. */
    record Ask(String deploymentId, SeriesRange range) {
        static final Address<Ask, Told> ADDRESS = new Address<>("aiwm.inference-metrics.{id}", Ask.class, Told.class);
    }

    record Told(List<CallHistory> replicas) {}

    /**
     * @param replicas by id of the container; the empty one has calls that reached none
     * @param unanswered ids of controllers that live and did not answer in time: what they have is missing
     */
    public record Answer(Map<String, CallHistory> replicas, List<String> unanswered) {
        /** The same of one replica alone. @param replica null: nothing of it */
        public Answer only(String replica) {
            CallHistory one = replica == null ? null : replicas.get(replica);
            return new Answer(one == null ? Map.of() : Map.of(replica, one), unanswered);
        }

        /** All calls together; null: there were none. */
        public CallHistory all() {
            return replicas.values().stream()
                    .reduce((one, other) -> one.with(other, ""))
                    .orElse(null);
        }
    }

    private final CallMetrics own;
    private final Vertx vertx;
    private final String controllerId;
    private final Supplier<Collection<String>> others;

    /** @param others ids of the other controllers that live */
    public InferenceMetrics(CallMetrics own, Vertx vertx, String controllerId, Supplier<Collection<String>> others) {
        this.own = own;
        this.vertx = vertx;
        this.controllerId = controllerId;
        this.others = others;
    }

    /** Answers other controllers from now on. */
    public Future<Void> serve() {
        return Ask.ADDRESS
                .at(controllerId)
                .serve(vertx, ask -> Future.succeededFuture(new Told(own(ask.deploymentId(), ask.range()))))
                .completion();
    }

    /** Takes note of calls; of those of this controller's gateway, and of those that proxies report to it. */
    public CallMetrics sink() {
        return own;
    }

    /** A sweep: forgets what is older than an hour. */
    public Future<Void> run() {
        own.prune();
        return Future.succeededFuture();
    }

    /** What all controllers have of a deployment. Never fails. */
    public Future<Answer> of(String deploymentId, SeriesRange range) {
        return Ask.ADDRESS
                .askEach(vertx, others.get(), new Ask(deploymentId, range), PATIENCE)
                .map(answers -> {
                    var found = new TreeMap<String, CallHistory>();
                    own(deploymentId, range).forEach(one -> found.put(one.of(), one));
                    answers.given()
                            .values()
                            .forEach(told -> told.replicas()
                                    .forEach(one -> found.merge(one.of(), one, (a, b) -> a.with(b, a.of()))));
                    return new Answer(found, answers.silent());
                });
    }

    private List<CallHistory> own(String deploymentId, SeriesRange range) {
        return own.of(deploymentId, range.end(), range.points(), range.slotsPerPoint());
    }
}
