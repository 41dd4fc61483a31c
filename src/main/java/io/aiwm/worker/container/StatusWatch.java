package io.aiwm.worker.container;

import io.aiwm.protocol.DeploymentStatus;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what happens to our containers, as soon as the engine says so. An event is a hint: the container is looked at
 * and what differs from what was told last is told. When the event stream ends (the engine was restarted) it is opened
 * again, and as events in between are lost, everything is listed and compared; the same once at start, which is how a
 * restarted worker takes up its containers again, and from time to time, should the engine ever keep an event back.
 *
 * <p>State lives on the context it was started on.
 */
final class StatusWatch {
    private static final Logger LOG = LoggerFactory.getLogger(StatusWatch.class);
    private static final long FIRST_REOPEN_MILLIS = 200;
    private static final long SLOWEST_REOPEN_MILLIS = 5_000;
    private static final Set<String> ACTIONS = Set.of(
            "create", "start", "restart", "die", "oom", "kill", "stop", "pause", "unpause", "destroy", "health_status");

    private final Vertx vertx;
    private final Engine engine;
    private final ContainerOwner owner;
    private final ContainerProbes probes;
    private final Duration compareEvery;
    private final Consumer<DeploymentStatus> listener;

    private final Map<String, DeploymentStatus> told = new HashMap<>();
    /** Looked at now; true when something happened meanwhile, so that it is looked at once more. */
    private final Map<String, Boolean> looking = new HashMap<>();
    /** Told by the engine as an event, and not always found in the container's state. */
    private final Set<String> outOfMemory = ConcurrentHashMap.newKeySet();

    private final Restarts restarts = new Restarts(System::nanoTime);
    /** Looked at once more when they have had the time to become calm. */
    private final Set<String> lookedAtLater = new HashSet<>();

    private volatile Context context;
    private Engine.Subscription subscription;
    private long timer = -1;
    private long reopenMillis = FIRST_REOPEN_MILLIS;
    private boolean stopped;

    StatusWatch(
            Vertx vertx,
            Engine engine,
            ContainerOwner owner,
            ContainerProbes probes,
            Duration compareEvery,
            Consumer<DeploymentStatus> listener) {
        this.probes = probes;
        this.compareEvery = compareEvery;
        this.vertx = vertx;
        this.engine = engine;
        this.owner = owner;
        this.listener = listener;
    }

    /** Begins on the current context; an engine that is not there yet is waited for. */
    void start() {
        context = vertx.getOrCreateContext();
        probes.start(containerId -> look(containerId));
        timer = vertx.setPeriodic(compareEvery.toMillis(), tick -> compareAll());
        open();
    }

    /** Ids of containers that used up their memory; from any thread, and only of those it has heard of. */
    Set<String> outOfMemory() {
        return outOfMemory;
    }

    void stop() {
        stopped = true;
        vertx.cancelTimer(timer);
        probes.stop();
        if (subscription != null) {
            subscription.end();
        }
    }

    /** Tells everything known once more, to a listener who has just come. */
    void tellAgain() {
        if (context != null) {
            context.runOnContext(now -> List.copyOf(told.values()).forEach(listener));
        }
    }

    private void open() {
        if (stopped) {
            return;
        }
        subscription = engine.events(owner.labels(), new Engine.EventListener() {
            @Override
            public void began() {
                context.runOnContext(now -> {
                    reopenMillis = FIRST_REOPEN_MILLIS;
                    compareAll();
                });
            }

            @Override
            public void on(EngineEvent event) {
                context.runOnContext(now -> happened(event));
            }

            @Override
            public void ended(Throwable cause) {
                context.runOnContext(now -> reopen(cause));
            }
        });
    }

    private void reopen(Throwable cause) {
        if (!stopped) {
            LOG.debug("the engine's events ended; listening again in {} ms", reopenMillis, cause);
            vertx.setTimer(reopenMillis, go -> open());
            reopenMillis = Math.min(SLOWEST_REOPEN_MILLIS, reopenMillis * 2);
        }
    }

    private void happened(EngineEvent event) {
        // The engine writes health events as "health_status: healthy".
        String action = event.action().replaceFirst(":.*", "");
        if (!ACTIONS.contains(action)) {
            return;
        }
        switch (action) {
            case "oom" -> outOfMemory.add(event.containerId());
            case "start" -> outOfMemory.remove(event.containerId());
            case "die" -> restarts.died(event.containerId(), exitCode(event));
            case "destroy" -> {
                removed(event.containerId(), event.attributes());
                return;
            }
            default -> {}
        }
        look(event.containerId());
    }

    private void look(String containerId) {
        if (looking.putIfAbsent(containerId, false) != null) {
            looking.put(containerId, true);
            return;
        }
        sightOf(containerId)
                .onComplete(looked -> context.runOnContext(now -> {
                    if (looked.succeeded()) {
                        looked.result().ifPresent(this::tell);
                    } else {
                        LOG.debug("cannot look at container {}; the next comparison will", containerId, looked.cause());
                    }
                    if (Boolean.TRUE.equals(looking.remove(containerId))) {
                        look(containerId);
                    }
                }));
    }

    /**
     * A container of a deployment, and the image that its name means on this node now: no registry is asked, and nobody tells
     * when a tag is moved, so that is found out whenever the container is looked at.
     *
     * @param tagImage failed where the engine did not say
     */
    private record Sight(EngineContainer container, AsyncResult<Optional<String>> tagImage) {}

    /** Empty where there is no such container, and for those of jobs and of others. */
    private Future<Optional<Sight>> sightOf(String containerId) {
        return engine.inspect(containerId).compose(found -> {
            if (found.isEmpty() || !isTold(found.get())) {
                return Future.succeededFuture(Optional.empty());
            }
            return engine.imageId(ImageNames.withTag(found.get().image()))
                    .transform(image -> Future.succeededFuture(Optional.of(new Sight(found.get(), image))));
        });
    }

    private boolean isTold(EngineContainer container) {
        return owner.owns(container) && container.label(ContainerLabels.DEPLOYMENT) != null;
    }

    private Future<Void> compareAll() {
        return engine.list(owner.labels())
                .onFailure(cause -> LOG.debug("cannot list containers", cause))
                .onSuccess(found -> context.runOnContext(now -> compare(found)))
                .mapEmpty();
    }

    private void compare(List<EngineContainer> found) {
        var gone = new LinkedHashSet<>(told.keySet());
        gone.addAll(probes.watched()); // of one that is undecided nothing was told
        for (EngineContainer container : found) {
            gone.remove(container.id());
            look(container.id());
        }
        for (String containerId : gone) {
            // Listed before it was made, or really gone: only a look tells.
            engine.inspect(containerId)
                    .onSuccess(look -> context.runOnContext(now -> {
                        if (look.isEmpty()) {
                            removed(containerId, probes.labels(containerId));
                        }
                    }));
        }
    }

    private void tell(Sight sight) {
        EngineContainer looked = sight.container();
        probes.saw(looked);
        EngineContainer container = probes.asItCounts(restarts.asItCounts(looked));
        if (!restarts.isCalm(looked.id()) && lookedAtLater.add(looked.id())) {
            // a little later than that: it has then run long enough, or has been restarted again
            vertx.setTimer(Restarts.CALM.toMillis() + 1, later -> {
                lookedAtLater.remove(looked.id());
                look(looked.id());
            });
        }
        ProbeView view = probes.of(looked.id());
        if (view != null && view.silent()) {
            return;
        }
        boolean oom = container.oomKilled() || outOfMemory.contains(container.id());
        DeploymentStatus status = ContainerStatuses.of(container, looked, oom, tagImageId(sight), view);
        if (!status.equals(told.put(container.id(), status))) {
            listener.accept(status);
        }
    }

    /** Where the engine did not say, what was told last. */
    private String tagImageId(Sight sight) {
        if (sight.tagImage().succeeded()) {
            return sight.tagImage().result().orElse(null);
        }
        DeploymentStatus last = told.get(sight.container().id());
        return last == null ? null : last.tagImageId();
    }

    private static Integer exitCode(EngineEvent event) {
        String text = event.attributes().getOrDefault("exitCode", "");
        return text.matches("\\d{1,9}") ? Integer.valueOf(text) : null;
    }

    private void removed(String containerId, Map<String, String> attributes) {
        restarts.gone(containerId);
        probes.gone(containerId);
        DeploymentStatus last = told.remove(containerId);
        boolean oom = outOfMemory.remove(containerId) || (last != null && Boolean.TRUE.equals(last.oomKilled()));
        DeploymentStatus end = ContainerStatuses.removed(containerId, attributes, last, oom);
        if (end != null) {
            listener.accept(end);
        }
    }
}
