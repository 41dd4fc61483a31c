package io.aiwm.controller.autoscale;

import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.deployment.Autoscale;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.Replica;
import io.aiwm.controller.deployment.ReplicaRoom;
import io.aiwm.controller.deployment.Scaling;
import io.aiwm.inference.balance.Waker;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets the number of replicas of deployments that say how it follows their calls. One controller decides for all gateways; each wakes
 * what its own gateway waits for.
 */
public final class Autoscaler implements Waker {
    private static final Logger LOG = LoggerFactory.getLogger(Autoscaler.class);

    /** What only a batch waits for makes nobody yield, so that it may wait in vain again and again. */
    private static final Duration BACKGROUND_AGAIN = Duration.ofMinutes(5);

    private final IsolatedForEach each = new IsolatedForEach(LOG, "deployment");
    private final Deployments deployments;
    private final Supplier<List<String>> scaled;
    private final GatewayLoads loads;
    private final SleepTurns turns;
    private final InstantSource clock;
    private final LongSupplier millis;
    private final Map<String, ScaleDecision.State> states = new ConcurrentHashMap<>();
    private final Set<String> waking = ConcurrentHashMap.newKeySet();

    /**
     * @param scaled ids of the deployments that may scale
     * @param room what of them waits for a node, and what holds the room of one
     * @param millis only pass; their beginning means nothing
     */
    public Autoscaler(
            Deployments deployments,
            Supplier<List<String>> scaled,
            GatewayLoads loads,
            ReplicaRoom room,
            InstantSource clock,
            LongSupplier millis) {
        this.deployments = deployments;
        this.scaled = scaled;
        this.loads = loads;
        this.turns = new SleepTurns(deployments, room, clock);
        this.clock = clock;
        this.millis = millis;
    }

    /** A sweep. */
    public Future<Void> run() {
        List<String> ids = loads.decides() ? scaled.get() : List.of();
        states.keySet().retainAll(Set.copyOf(ids));
        if (ids.isEmpty()) {
            return Future.succeededFuture();
        }
        Map<String, Deployment> seen = new ConcurrentHashMap<>();
        return loads.of(ids)
                .compose(found -> each.all(
                                ids,
                                id -> id,
                                id -> deployments
                                        .get(id)
                                        .compose(one -> decide(one, found))
                                        .onSuccess(one -> seen.put(id, one)))
                        .compose(done -> turns.run(seen.values(), found, this::idleMillis)));
    }

    private long idleMillis(String id) {
        ScaleDecision.State state = states.get(id);
        return state == null ? 0 : millis.getAsLong() - state.busyAt();
    }

    /** What a deployment waits for since it was woken; null: nothing, or this is not the controller that decides. */
    Turn turn(String deploymentId) {
        return turns.of(deploymentId);
    }

    private Future<Deployment> decide(Deployment seen, GatewayLoads.Loads found) {
        Autoscale policy = seen.autoscale();
        if (!isAwakeable(seen)) {
            states.remove(seen.id());
            return Future.succeededFuture(seen);
        }
        if (SleepTurns.isYielding(seen)) {
            return Future.succeededFuture(seen); // its calls cannot begin, so their number says nothing
        }
        long now = millis.getAsLong();
        var before = states.computeIfAbsent(seen.id(), id -> ScaleDecision.State.first(seen.replicas(), now));
        int calls = found.calls(seen.id());
        // where a controller is silent there may be more calls, and an update is judged by its replicas: nothing is
        // taken away
        boolean mayLess = found.whole() && !seen.hasUpdateUnderWay();
        int atLeast = mayLess ? calls : Math.max(calls, seen.replicas() * policy.target());
        ScaleDecision decision = ScaleDecision.of(policy, seen.replicas(), atLeast, before, now);
        states.put(seen.id(), decision.state());
        if (decision.replicas() == seen.replicas()) {
            return Future.succeededFuture(seen);
        }
        boolean inVain = decision.code() == Scaling.Code.IDLE && wasNotReady(seen);
        return scale(
                seen,
                decision.replicas(),
                inVain ? Scaling.Code.IN_VAIN : decision.code(),
                inVain ? decision.reason() + "; it was not ready since it was woken" : decision.reason());
    }

    private static boolean wasNotReady(Deployment seen) {
        Scaling last = seen.scaling();
        return last != null
                && (last.code() == Scaling.Code.WOKEN || last.code() == Scaling.Code.ELSEWHERE)
                && seen.instances().stream().map(Replica::readyAt).noneMatch(at -> at != null && at.isAfter(last.at()));
    }

    /** Calls that count wake it with the next pass whatever this says. */
    private boolean isTooSoon(Deployment seen) {
        Scaling last = seen.scaling();
        return last != null
                && last.code() == Scaling.Code.IN_VAIN
                && last.at().plus(BACKGROUND_AGAIN).isAfter(clock.instant());
    }

    static boolean isAwakeable(Deployment seen) {
        return seen.autoscale() != null
                && seen.desired() == Deployment.Desired.RUNNING
                && !Boolean.TRUE.equals(seen.deleting());
    }

    private Future<Deployment> scale(Deployment seen, int replicas, Scaling.Code code, String reason) {
        LOG.info("deployment {} goes from {} to {} replicas: {}", seen.id(), seen.replicas(), replicas, reason);
        return deployments.rollouts().scaled(seen, replicas, new Scaling(code, reason, clock.instant()));
    }

    /** Harmless where it is awake. */
    @Override
    public void wake(String deploymentId) {
        if (waking.add(deploymentId)) {
            deployments
                    .get(deploymentId)
                    .compose(seen -> isAwakeable(seen) && seen.replicas() == 0 && !isTooSoon(seen)
                            ? scale(seen, Math.max(1, seen.autoscale().least()), Scaling.Code.WOKEN, "a call woke it")
                            : Future.succeededFuture(seen))
                    .onFailure(cause -> LOG.warn("deployment {} was not woken", deploymentId, cause))
                    .onComplete(done -> waking.remove(deploymentId));
        }
    }
}
