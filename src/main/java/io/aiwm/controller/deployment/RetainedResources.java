package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.protocol.RetentionAsk;
import io.aiwm.protocol.RetentionKept;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** What a node must not remove: images of the deployments placed on it, and volumes whose deployment or job exists. */
public final class RetainedResources {
    /** Of images, so that the answer stays far below the size of a message. */
    private static final int MOST_IMAGES = 1_000;

    private static final int PAGE = 200;

    private final Deployments deployments;
    private final Function<String, Future<?>> jobs;

    /** @param jobs finds one by its id, fails with NOT_FOUND where there is none */
    public RetainedResources(Deployments deployments, Function<String, Future<?>> jobs) {
        this.deployments = deployments;
        this.jobs = jobs;
    }

    /** Fails when it cannot be told in full. */
    public Future<RetentionKept> answer(String nodeId, RetentionAsk ask) {
        var images = new TreeSet<String>();
        var placed = Query.where(Condition.eq(Deployments.NODES, nodeId)).limit(PAGE);
        return images(placed, images)
                .compose(all -> existing(ask.owners(), 0, new ArrayList<>()))
                .map(owners -> new RetentionKept(ask.askId(), List.copyOf(images), owners));
    }

    private Future<Void> images(Query query, Set<String> images) {
        return deployments.find(query).compose(page -> {
            page.items().forEach(deployment -> {
                images.add(deployment.spec().image());
                // while an update is under way, and for the way back
                deployment.all().forEach(one -> images.add(one.spec().image()));
            });
            if (!page.unreadable().isEmpty() || images.size() > MOST_IMAGES) {
                return Future.failedFuture(new Failure(
                        Failure.Kind.UNAVAILABLE, "the images of the deployments on this node cannot all be told"));
            }
            return page.nextCursor() == null
                    ? Future.succeededFuture()
                    : images(query.after(page.nextCursor()), images);
        });
    }

    /** One after the other: a sweep of a node is nothing that others should wait for. */
    private Future<List<String>> existing(List<String> owners, int at, List<String> found) {
        if (at == owners.size()) {
            return Future.succeededFuture(found);
        }
        String owner = owners.get(at);
        return exists(deployments.get(owner))
                .compose(deployment -> deployment ? Future.succeededFuture(true) : exists(jobs.apply(owner)))
                .compose(exists -> {
                    if (exists) {
                        found.add(owner);
                    }
                    return existing(owners, at + 1, found);
                });
    }

    private static Future<Boolean> exists(Future<?> record) {
        return record.map(true)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause));
    }
}
