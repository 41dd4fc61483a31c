package io.aiwm.controller.autoscale;

import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.Replica;
import io.aiwm.controller.deployment.ReplicaRoom;
import io.aiwm.controller.deployment.ReplicaState;
import io.aiwm.controller.deployment.Scaling;
import io.aiwm.controller.scheduler.WhatIfPlacement;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has deployments that may sleep make room for those that calls have woken: reads what waits, lets {@link TurnPlan} decide on the
 * scheduler's ledger, and writes that into the records. All that a decision needs is in these, so that after the death of a
 * controller the next one goes on; which was called last is forgotten, and then the one that came first is the first to go.
 */
final class SleepTurns {
    private static final Logger LOG = LoggerFactory.getLogger(SleepTurns.class);

    private final RateLimitedLog failures = RateLimitedLog.failures(LOG);
    private final Deployments deployments;
    private final ReplicaRoom room;
    private final InstantSource clock;
    private volatile Map<String, Turn> last = Map.of();

    SleepTurns(Deployments deployments, ReplicaRoom room, InstantSource clock) {
        this.deployments = deployments;
        this.room = room;
        this.clock = clock;
    }

    /** What a deployment waited for at the last decision; null: it did not wait. */
    Turn of(String deploymentId) {
        return last.get(deploymentId);
    }

    /** Decides for all of these. @param idleMillis since the last call of a deployment */
    Future<Void> run(Collection<Deployment> all, GatewayLoads.Loads loads, ToLongFunction<String> idleMillis) {
        var waiting = new LinkedHashMap<String, ReplicaRoom.Waiting>();
        List<Future<?>> reads = new ArrayList<>();
        for (Deployment one : all) {
            if (loads.calls(one.id()) > 0 && isAwake(one) && one.ready() == 0) {
                reads.add(room.waiting(one).onSuccess(found -> {
                    if (found != null) {
                        waiting.put(one.id(), found);
                    }
                }));
            }
        }
        return Future.join(reads).compose(read -> {
            Map<String, Deployment> byId = new LinkedHashMap<>();
            all.forEach(one -> byId.put(one.id(), one));
            if (waiting.isEmpty() && all.stream().noneMatch(SleepTurns::isYielding)) {
                last = Map.of();
                return Future.succeededFuture();
            }
            TurnPlan.Plan plan = plan(byId, waiting, loads, idleMillis);
            plan.turns().forEach(this::told);
            var turns = new LinkedHashMap<String, Turn>();
            plan.turns().forEach(turn -> turns.put(turn.deploymentId(), turn));
            last = turns;
            return write(byId, plan);
        });
    }

    private void told(Turn turn) {
        Turn before = last.get(turn.deploymentId());
        if (before == null || before.code() != turn.code() || !before.waitsFor().equals(turn.waitsFor())) {
            LOG.info("deployment {} {}: {}", turn.deploymentId(), turn.code(), turn.text());
        }
    }

    private static boolean isAwake(Deployment one) {
        return Autoscaler.isAwakeable(one) && one.replicas() > 0;
    }

    static boolean isYielding(Deployment one) {
        return one.scaling() != null && one.scaling().isYielding();
    }

    private TurnPlan.Plan plan(
            Map<String, Deployment> all,
            Map<String, ReplicaRoom.Waiting> waiting,
            GatewayLoads.Loads loads,
            ToLongFunction<String> idleMillis) {
        Instant now = clock.instant();
        List<TurnPlan.Waiter> waiters = waiting.entrySet().stream()
                .map(one -> new TurnPlan.Waiter(
                        one.getKey(),
                        all.get(one.getKey()).name(),
                        millis(one.getValue().since(), now),
                        one.getValue().wakes()))
                .toList();
        List<Resident> residents = all.values().stream()
                .filter(SleepTurns::maySleep)
                .map(one -> resident(one, loads, idleMillis.applyAsLong(one.id()), now))
                .toList();
        return room.trial(trial -> TurnPlan.of(waiters, residents, new Tried(trial, all, waiting), loads.whole()));
    }

    private static boolean maySleep(Deployment one) {
        return Autoscaler.isAwakeable(one)
                && one.autoscale().least() == 0
                && !one.instances().isEmpty()
                && !one.hasUpdateUnderWay();
    }

    private static Resident resident(Deployment one, GatewayLoads.Loads loads, long idleMillis, Instant now) {
        boolean yields = isYielding(one);
        Resident.Phase awake = yields ? Resident.Phase.YIELDING : Resident.Phase.AWAKE;
        int calls = loads.calls(one.id());
        return ResidentBuilder.builder()
                .id(one.id())
                .name(one.name())
                .phase(isAsleep(one) ? Resident.Phase.ASLEEP : isLeaving(one) ? Resident.Phase.LEAVING : awake)
                .residentMillis(millis(ReplicaRoom.residentSince(one, calls > 0), now))
                .residenceMillis(one.autoscale().residence().toMillis())
                .idleMillis(idleMillis)
                .inFlight(loads.inFlight(one.id()))
                .calls(calls)
                .yieldingMillis(yields ? millis(one.scaling().at(), now) : 0)
                .keeps(!isAsleep(one) && !ReplicaRoom.rests(one).isEmpty())
                .build();
    }

    /** It may have been woken again meanwhile: what it had goes all the same. */
    private static boolean isLeaving(Deployment one) {
        return one.instances().stream()
                .map(Replica::state)
                .allMatch(state -> state == ReplicaState.DELETING
                        || state == ReplicaState.SLEEPING
                        || state == ReplicaState.ASLEEP);
    }

    private static boolean isAsleep(Deployment one) {
        return one.replicas() == 0
                && one.instances().stream().allMatch(replica -> replica.state() == ReplicaState.ASLEEP);
    }

    private static long millis(Instant since, Instant now) {
        return Duration.between(since, now).toMillis();
    }

    private record Tried(WhatIfPlacement trial, Map<String, Deployment> all, Map<String, ReplicaRoom.Waiting> waiting)
            implements TurnRoom {
        @Override
        public boolean fits(String waiterId) {
            return waiting.get(waiterId).fits(trial);
        }

        @Override
        public void take(String waiterId) {
            waiting.get(waiterId).take(trial);
        }

        @Override
        public void without(String residentId, boolean gone) {
            Deployment resident = all.get(residentId);
            trial.without(
                    ReplicaRoom.claimIds(resident),
                    gone || isAsleep(resident) ? Map.of() : ReplicaRoom.rests(resident));
        }

        @Override
        public void with(String residentId) {
            trial.with(ReplicaRoom.claimIds(all.get(residentId)));
        }

        @Override
        public String why(String waiterId) {
            return waiting.get(waiterId).why(trial);
        }
    }

    private Future<Void> write(Map<String, Deployment> all, TurnPlan.Plan plan) {
        List<Future<?>> writes = new ArrayList<>();
        plan.yield()
                .forEach((id, to) -> writes.add(left(
                        all.get(id),
                        Scaling.Code.YIELDING,
                        "it gets no new calls, to make room for " + to.name(),
                        to.id())));
        plan.sleep()
                .forEach((id, to) -> writes.add(
                        written(all.get(id), 0, Scaling.Code.MADE_ROOM, "it makes room for " + to.name(), to.id())));
        plan.evict()
                .forEach((id, to) -> writes.add(left(
                        all.get(id),
                        Scaling.Code.EVICTED,
                        "what sleeps of it is removed, to make room for " + to.name(),
                        to.id())));
        plan.elsewhere()
                .forEach(id -> writes.add(left(
                        all.get(id),
                        Scaling.Code.ELSEWHERE,
                        "it has no room where it sleeps and is started anew",
                        null)));
        plan.resume()
                .forEach(id -> writes.add(
                        left(all.get(id), Scaling.Code.RESUMED, "nobody waits for its room any more", null)));
        plan.keep()
                .forEach(id -> writes.add(left(
                        all.get(id),
                        Scaling.Code.KEPT,
                        "its calls took longer than " + TurnPlan.MOST_YIELDING_MILLIS / 1_000 + " s to end",
                        null)));
        all.values().stream()
                .filter(one -> isYielding(one) && Autoscaler.isAwakeable(one) && !maySleep(one))
                .forEach(one ->
                        writes.add(left(one, Scaling.Code.RESUMED, "it must not sleep any more, or is updated", null)));
        // a record that cannot be written now is decided on again with the next pass
        return Future.join(writes).transform(done -> {
            if (done.failed()) {
                failures.failed("turns wait for the next pass", done.cause());
            }
            return Future.succeededFuture();
        });
    }

    /** Writes why, and leaves the number of replicas as it is. */
    private Future<Deployment> left(Deployment seen, Scaling.Code code, String text, String forId) {
        return written(seen, seen.replicas(), code, text, forId);
    }

    private Future<Deployment> written(Deployment seen, int replicas, Scaling.Code code, String text, String forId) {
        LOG.info("deployment {} {}: {}", seen.id(), code, text);
        return deployments.rollouts().scaled(seen, replicas, new Scaling(code, text, clock.instant(), forId));
    }
}
