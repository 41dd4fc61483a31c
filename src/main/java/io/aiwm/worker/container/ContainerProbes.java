package io.aiwm.worker.container;

import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.ContainerHealth;
import io.aiwm.protocol.ProbeFailure;
import io.aiwm.protocol.Probes;
import io.aiwm.worker.container.ProbeState.Kind;
import io.aiwm.worker.container.ProbeState.Look;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the looks at all containers that have probes, and restarts those whose startup or liveness probe fails. What the
 * probes are stands in a label of the container, so that they go on after a restart of the worker. Runs on one context;
 * {@link #asItCounts} and what else tells how a container is may be asked from any thread.
 */
public final class ContainerProbes {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerProbes.class);
    /** Looks over the network that are under way at the same time, of all containers; the others wait, each at most once. */
    private static final int MOST_LOOKS = 256;
    /** The same of commands, apart from the others: a program is started for each. */
    private static final int MOST_COMMANDS = 32;

    private static final Duration GRACE = Duration.ofSeconds(10);
    /** One that has run for longer before it was seen was started under another worker process. */
    private static final Duration FRESH = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final Engine engine;
    private final KeyedQueue turns;
    private final InstantSource clock;
    private final ProbeRunner looks;
    private final Map<String, ProbedContainer> watched = new HashMap<>();
    private final Map<String, ProbeView> views = new ConcurrentHashMap<>();
    private final ConcurrencyLimit<Turn> connections = new ConcurrencyLimit<>(MOST_LOOKS, this::look);
    private final ConcurrencyLimit<Turn> commands = new ConcurrencyLimit<>(MOST_COMMANDS, this::look);
    private volatile boolean stopped;
    private volatile Context context;
    private volatile Consumer<String> changed = id -> {};

    /** A look to be taken, for one run. */
    private record Turn(ProbedContainer container, ProbeState state, Kind kind) {}

    /** @param turns of the deployments, in which their containers are changed */
    public ContainerProbes(Vertx vertx, Engine engine, KeyedQueue turns, InstantSource clock) {
        this.clock = clock;
        this.vertx = vertx;
        this.engine = engine;
        this.turns = turns;
        this.looks = new ProbeRunner(vertx, engine);
    }

    /** Begins on the current context. @param toLook is told the id of a container that counts as something else now */
    void start(Consumer<String> toLook) {
        context = vertx.getOrCreateContext();
        changed = toLook;
    }

    void stop() {
        stopped = true;
        if (context != null) {
            context.runOnContext(now -> {
                watched.values().forEach(this::endRun);
                watched.clear();
                connections.clear();
                commands.clear();
            });
        }
    }

    /** A container as it is now, on this context. */
    void saw(EngineContainer container) {
        Probes probes = ProbeLabel.of(container);
        if (probes == null || stopped) {
            return;
        }
        ProbedContainer one = watched.computeIfAbsent(container.id(), id -> new ProbedContainer(id, probes));
        if (container.isRun(one.before)) {
            return;
        }
        boolean another = one.seen == null || !one.seen.isSameRun(container);
        one.seen = container;
        if (container.state() == EngineState.RUNNING) {
            if (another || one.state == null) {
                begin(one, container);
            }
            schedule(one);
        } else if (container.state() == EngineState.PAUSED) {
            vertx.cancelTimer(one.timer);
        } else {
            endRun(one);
        }
        publish(one);
    }

    /** Ids of the containers that are looked at, also of those of which nothing was said yet. */
    Set<String> watched() {
        return Set.copyOf(watched.keySet());
    }

    /** Of a container as it was seen last; empty where it is not looked at. */
    Map<String, String> labels(String containerId) {
        ProbedContainer one = watched.get(containerId);
        return one == null ? Map.of() : one.seen.labels();
    }

    void gone(String containerId) {
        ProbedContainer one = watched.remove(containerId);
        if (one != null) {
            endRun(one);
        }
        views.remove(containerId);
    }

    private void begin(ProbedContainer one, EngineContainer container) {
        endRun(one);
        Duration age = container.age(clock.instant());
        one.taken = one.restarted == 0 && age.compareTo(FRESH) > 0;
        one.state = new ProbeState(one.probes, System.nanoTime() - age.toNanos(), one.last != null);
    }

    private void endRun(ProbedContainer one) {
        vertx.cancelTimer(one.timer);
        one.state = null;
    }

    private void schedule(ProbedContainer one) {
        vertx.cancelTimer(one.timer);
        ProbeState state = one.state;
        if (state == null || one.restarting || one.seen.state() != EngineState.RUNNING) {
            return;
        }
        state.next().ifPresent(at -> {
            long millis = Math.max(1, (at - System.nanoTime() + 999_999) / 1_000_000);
            one.timer = vertx.setTimer(millis, due -> {
                if (one.state == state) {
                    state.due(System.nanoTime())
                            .forEach(kind -> (state.probe(kind).exec() == null ? connections : commands)
                                    .add(new Turn(one, state, kind)));
                    schedule(one);
                }
            });
        });
    }

    /** Null where that run is over. */
    private Future<Void> look(Turn turn) {
        if (turn.container().state != turn.state()) {
            return null;
        }
        Promise<Void> over = Promise.promise();
        looks.look(turn.kind(), turn.state().probe(turn.kind()), turn.container().seen)
                .onComplete(found -> context.runOnContext(now -> {
                    found(turn, found);
                    over.complete();
                }));
        return over.future();
    }

    private void found(Turn turn, AsyncResult<Look> found) {
        ProbedContainer one = turn.container();
        if (one.state != turn.state()) {
            return;
        }
        if (found.failed()) {
            LOG.debug(
                    "the {} probe of container {} found out nothing",
                    turn.kind().wire(),
                    one.id,
                    found.cause());
            one.state.unknown(turn.kind());
        } else if (one.state.took(turn.kind(), found.result(), System.nanoTime())) {
            var why = new ProbeFailure(turn.kind().wire(), found.result().reason());
            looks.unlessAsleep(one.seen, () -> context.runOnContext(now -> restart(turn, why)));
        }
        schedule(one);
        publish(one);
    }

    /** Unless its pause is not over; each further failure asks again. */
    private void restart(Turn turn, ProbeFailure why) {
        ProbedContainer one = turn.container();
        if (one.state != turn.state() || one.restarting || !one.restarts.may(System.nanoTime())) {
            return;
        }
        EngineContainer failing = one.seen;
        one.restarting = true;
        one.last = why;
        publish(one); // before the engine ends it: an end with code 0 would be taken for one of its own
        LOG.warn("restarting container {}: its {} probe fails: {}", failing.name(), why.probe(), why.reason());
        turns.take(
                        failing.label(ContainerLabels.DEPLOYMENT),
                        () -> engine.inspect(one.id)
                                .compose(now -> now.isPresent()
                                                && now.get().state() == EngineState.RUNNING
                                                && now.get().isSameRun(failing)
                                        ? engine.restart(one.id, GRACE)
                                                .map(now.get().restarts() + 1)
                                        : Future.succeededFuture(0)))
                .onComplete(done -> engine.inspect(one.id)
                        .onComplete(now -> context.runOnContext(back -> {
                            one.restarting = false;
                            restarted(one, failing, done);
                            if (now.succeeded() && now.result().isPresent() && watched.get(one.id) == one) {
                                saw(now.result().get());
                            }
                            schedule(one);
                            changed.accept(one.id);
                        })));
    }

    /** @param done how many restarts are to be counted: the engine forgets its own with one that it is asked for */
    private static void restarted(ProbedContainer one, EngineContainer failing, AsyncResult<Integer> done) {
        if (done.failed()) {
            LOG.warn(
                    "container {} could not be restarted: {}",
                    one.seen.name(),
                    done.cause().getMessage());
        } else if (done.result() > 0) {
            one.restarted += done.result();
            one.before = failing.run().startedAt();
            one.restarts.done(System.nanoTime());
        }
    }

    private void publish(ProbedContainer one) {
        if (watched.get(one.id) != one) {
            return;
        }
        ProbeView view = one.view();
        ProbeView before = views.put(one.id, view);
        if (before != null && !view.equals(before)) {
            changed.accept(one.id);
        }
    }

    /** The container as it counts: its own health and what the probes say, and restarted by both. */
    EngineContainer asItCounts(EngineContainer container) {
        Probes probes = ProbeLabel.of(container);
        if (probes == null) {
            return container;
        }
        boolean gated = probes.startup() != null || probes.readiness() != null;
        return views.getOrDefault(container.id(), ProbeView.UNSEEN)
                .over(container, gated ? ContainerHealth.STARTING : ContainerHealth.NONE);
    }

    /** What the probes say of a container; null: it has none, or they have said nothing yet. */
    ProbeView of(String containerId) {
        return views.get(containerId);
    }
}
