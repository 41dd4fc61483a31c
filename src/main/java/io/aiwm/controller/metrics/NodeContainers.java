package io.aiwm.controller.metrics;

import io.aiwm.controller.node.MachineSamples;
import io.aiwm.protocol.Address;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The containers of each node as its newest samples show them, in memory of the controller that has the node's session. */
public final class NodeContainers implements MachineSamples {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Asked of one controller by another. Answers with what it has itself; reads only, so asking again is harmless. */
    record Ask(String nodeId) {
        static final Address<Ask, Told> ADDRESS = new Address<>("aiwm.node-containers.{id}", Ask.class, Told.class);
    }

    /** @param at when the node told all of them; null: this controller knows none */
    record Told(Instant at, List<ContainerStats> containers) {}

    /**
     * @param at when the node told all of them; null: it has not yet
     * @param unanswered ids of controllers that live and did not answer in time
     */
    public record Answer(Instant at, List<ContainerStats> containers, List<String> unanswered) {}

    private final Vertx vertx;
    private final String controllerId;
    private final Supplier<Collection<String>> others;
    private final InstantSource clock;
    private final Map<String, Told> newest = new ConcurrentHashMap<>();

    /** @param others ids of the other controllers that live */
    public NodeContainers(Vertx vertx, String controllerId, Supplier<Collection<String>> others, InstantSource clock) {
        this.vertx = vertx;
        this.controllerId = controllerId;
        this.others = others;
        this.clock = clock;
    }

    /** Answers other controllers from now on. */
    public Future<Void> serve() {
        return Ask.ADDRESS
                .at(controllerId)
                .serve(vertx, ask -> Future.succeededFuture(own(ask.nodeId())))
                .completion();
    }

    @Override
    public void sampled(String nodeId, SystemInfo system, List<ContainerStats> containers) {
        if (containers == null) {
            return;
        }
        if (system != null) {
            newest.put(nodeId, new Told(clock.instant(), List.copyOf(containers)));
        } else {
            newest.computeIfPresent(nodeId, (id, all) -> new Told(all.at(), updated(all.containers(), containers)));
        }
    }

    /** Those that are gone, or came since, are known with the next sample of all. */
    private static List<ContainerStats> updated(List<ContainerStats> all, List<ContainerStats> some) {
        var byId = new LinkedHashMap<String, ContainerStats>();
        all.forEach(one -> byId.put(one.containerId(), one));
        some.forEach(one -> byId.computeIfPresent(one.containerId(), (id, before) -> one));
        return new ArrayList<>(byId.values());
    }

    @Override
    public void forget(String nodeId) {
        newest.remove(nodeId);
    }

    /** What the controllers know of a node's containers. Never fails. */
    public Future<Answer> of(String nodeId) {
        return Ask.ADDRESS
                .askEach(vertx, others.get(), new Ask(nodeId), PATIENCE)
                .map(answers -> {
                    Told last = Stream.concat(Stream.of(own(nodeId)), answers.given().values().stream())
                            .filter(told -> told.at() != null)
                            .max(Comparator.comparing(Told::at))
                            .orElse(new Told(null, List.of()));
                    return new Answer(last.at(), last.containers(), answers.silent());
                });
    }

    private Told own(String nodeId) {
        return Objects.requireNonNullElse(newest.get(nodeId), new Told(null, List.of()));
    }
}
