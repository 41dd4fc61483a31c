package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Replica;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.log.LogStreams;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The logs of a deployment's replicas, to one client, as one. A slow client holds all of them back. Those that are followed
 * go on with whatever containers and replicas the deployment has later. On one context.
 */
final class ReplicaLogs {
    /** How often it is looked which containers there are. */
    static final long LOOK_MILLIS = 1_000;
    /** How many chunks of all of them together may be under way, and of one at least and at most. */
    private static final int WINDOW = 64;

    private static final int LEAST_WINDOW = 2;
    private static final int MOST_WINDOW = 16;

    private final Context context;
    private final Function<String, Future<Deployment>> get;
    private final LogStreams logs;
    private final ReplicaLogRequest asked;
    private final Map<Integer, ReplicaLogSource> sources = new TreeMap<>();
    private ReplicaLogWriter writer;
    private boolean slow;
    private boolean over;
    private long timer;

    /** @param context the request's. @param get reads a deployment */
    ReplicaLogs(Context context, Function<String, Future<Deployment>> get, LogStreams logs, ReplicaLogRequest asked) {
        this.context = context;
        this.get = get;
        this.logs = logs;
        this.asked = asked;
    }

    /**
     * Fails with NOT_FOUND where there is no such deployment or replica, with CONFLICT where there is no container, and where
     * no log can be read, with the reason of the first. Where some can be read, the answer says of each other why not.
     */
    Future<Reply> reply() {
        return get.apply(asked.deploymentId()).compose(found -> {
            List<Replica> wanted = wanted(found);
            if (wanted.stream().allMatch(one -> one.container() == null)) {
                throw withoutContainer(found);
            }
            int window = Math.max(LEAST_WINDOW, Math.min(MOST_WINDOW, WINDOW / wanted.size()));
            var opened = new LinkedHashMap<Integer, Future<Void>>();
            wanted.forEach(
                    one -> opened.put(one.index(), source(one.index(), window).open(one)));
            return Future.join(List.copyOf(opened.values())).transform(done -> started(opened));
        });
    }

    private List<Replica> wanted(Deployment found) {
        List<Replica> wanted = found.instances().stream()
                .filter(one -> asked.replica() == null || one.index() == asked.replica())
                .toList();
        if (asked.replica() != null && wanted.isEmpty()) {
            throw Failure.notFound("replica", asked.deploymentId() + "/" + asked.replica());
        }
        return wanted;
    }

    private static Failure withoutContainer(Deployment found) {
        return found.status().isTransitional()
                ? Failure.busy("deployment " + found.id() + " has no container yet")
                : Failure.conflict("deployment " + found.id() + " is " + found.status() + " and has no container");
    }

    private ReplicaLogSource source(int index, int window) {
        return sources.computeIfAbsent(index, first -> new ReplicaLogSource(index, context, logs, asked, window));
    }

    private Future<Reply> started(Map<Integer, Future<Void>> opened) {
        if (opened.values().stream().allMatch(Future::failed)) {
            Failure first = opened.values().stream()
                    .map(one -> Failure.of(one.cause()))
                    .filter(cause -> cause.kind != Failure.Kind.CONFLICT)
                    .findFirst()
                    .orElseGet(
                            () -> Failure.of(opened.values().iterator().next().cause()));
            return Future.failedFuture(first);
        }
        String type = asked.events() ? "text/event-stream; charset=utf-8" : "text/plain; charset=utf-8";
        return Future.succeededFuture(Reply.stream(type, response -> start(response, opened)));
    }

    private void start(HttpServerResponse response, Map<Integer, Future<Void>> opened) {
        writer = new ReplicaLogWriter(response, asked.events(), asked.prefix());
        writer.start(context.owner(), this::close, this::slow);
        if (sources.size() > 1) {
            writer.several();
        }
        List.copyOf(sources.entrySet()).forEach(one -> {
            one.getValue().writeTo(writer, this::endWhenOver);
            Future<Void> begun = opened.get(one.getKey());
            if (begun.failed()) {
                one.getValue()
                        .say("[not shown now: " + Failure.of(begun.cause()).getMessage() + "]");
            }
        });
        if (asked.follow()) {
            timer = context.owner().setPeriodic(LOOK_MILLIS, tick -> look());
        }
        endWhenOver();
    }

    private void look() {
        get.apply(asked.deploymentId()).onComplete(read -> {
            if (over) {
                return;
            }
            if (read.succeeded()) {
                look(read.result());
            } else if (Failure.of(read.cause()).kind == Failure.Kind.NOT_FOUND) {
                sources.values().forEach(one -> one.look(null));
            }
            endWhenOver();
        });
    }

    private void look(Deployment now) {
        for (Replica replica : now.instances()) {
            boolean wanted = asked.replica() == null || asked.replica() == replica.index();
            if (wanted && !sources.containsKey(replica.index())) {
                ReplicaLogSource added = source(replica.index(), LEAST_WINDOW);
                added.slow(slow);
                added.writeTo(writer, this::endWhenOver);
                writer.several();
            }
        }
        sources.forEach((index, source) -> source.look(now.instances().stream()
                .filter(replica -> Objects.equals(replica.index(), index))
                .findFirst()
                .orElse(null)));
    }

    private void slow(boolean isSlow) {
        slow = isSlow;
        sources.values().forEach(one -> one.slow(isSlow));
    }

    private void endWhenOver() {
        if (!over && sources.values().stream().noneMatch(ReplicaLogSource::isOpen)) {
            over = true;
            context.owner().cancelTimer(timer);
            writer.end(
                    context.owner(),
                    sources.size() > 1
                            ? null
                            : sources.values().iterator().next().error());
        }
    }

    private void close() {
        over = true;
        context.owner().cancelTimer(timer);
        sources.values().forEach(ReplicaLogSource::close);
    }
}
