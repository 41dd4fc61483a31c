package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a deployment towards what is asked for: writes what {@link DesiredReplicas} decides, and takes the next step of each
 * replica. Harmless at any time; called twice, or by two controllers at once, it does the same once.
 */
final class DeploymentReconciler {
    private static final Logger LOG = LoggerFactory.getLogger(DeploymentReconciler.class);

    private final Records<Deployment> records;
    private final DesiredReplicas desired;
    private final ReplicaReconciler replicas;
    private final DeploymentEvents events;
    private final InstantSource clock;

    DeploymentReconciler(
            Records<Deployment> records,
            DesiredReplicas desired,
            ReplicaReconciler replicas,
            DeploymentEvents events,
            InstantSource clock) {
        this.records = records;
        this.desired = desired;
        this.replicas = replicas;
        this.events = events;
        this.clock = clock;
    }

    /** What is decided of a record as it is now; the same instance when there is nothing to do. */
    Deployment decided(Deployment seen) {
        return desired.next(seen, clock.instant());
    }

    /** Succeeds with the record as it is then; null when it is deleted. */
    Future<Deployment> push(String id) {
        return records.newest(id)
                .recover(Deployments::gone)
                .compose(seen -> seen == null ? Future.succeededFuture() : settled(seen));
    }

    /** The same of a record that was read or written just now. */
    Future<Deployment> settled(Deployment seen) {
        Deployment wanted = decided(seen);
        return (wanted == seen ? Future.succeededFuture(seen) : records.update(seen.id(), this::decided))
                .compose(this::begun)
                .recover(Deployments::gone);
    }

    /** Takes the next step of every replica that waits for something. */
    private Future<Deployment> begun(Deployment written) {
        if (written.isDeleting() && written.instances().isEmpty()) {
            return events.flushLast(written)
                    .compose(told -> records.delete(written.id()))
                    .map(done -> null);
        }
        return eachOf(written, one -> one.status().isTransitional() ? replicas.next(one) : Future.succeededFuture(one));
    }

    /** The record is written, so the answer is yes: what cannot be begun now is begun by the sweep. */
    Future<Deployment> begin(Deployment written) {
        return settled(written).map(after -> after == null ? written : after).otherwise(cause -> {
            LOG.warn("deployment {} waits for the sweep", written.id(), cause);
            return written;
        });
    }

    /** Changes a deployment as somebody asks for; what follows from that is written with it. Fails with NOT_FOUND. */
    Future<Deployment> act(String id, UnaryOperator<Deployment> change) {
        // an execution that ended while its hint was lost must not stand in the way; a plan that cannot be made neither
        return push(id).recover(
                        cause -> Failure.of(cause).retryable() ? Future.failedFuture(cause) : records.newest(id))
                .compose(seen -> seen == null
                        ? Future.failedFuture(Failure.notFound("deployment", id))
                        : records.update(id, fresh -> {
                            Deployment after = change.apply(fresh);
                            return after == fresh ? fresh : decided(after);
                        }))
                .compose(this::begin);
    }

    /** What the silence, or return, of its nodes means for it. Null when it is deleted. */
    Future<Deployment> lookAtNodes(Deployment seen) {
        return eachOf(seen, replicas::lookAtNode)
                .compose(after -> after == null ? Future.succeededFuture() : settled(after));
    }

    /** Does this to every replica, and succeeds with the record as it is then; null when it is deleted. */
    private Future<Deployment> eachOf(Deployment seen, Function<Instance, Future<Instance>> step) {
        List<Instance> all = seen.all();
        List<Future<Instance>> steps = all.stream().map(step).toList();
        return Future.join(steps).compose(done -> {
            boolean same = true;
            for (int i = 0; i < all.size(); i++) {
                same &= steps.get(i).result() == all.get(i);
            }
            if (all.size() == 1 && steps.get(0).result() != null) {
                return Future.succeededFuture(steps.get(0).result().of());
            }
            return same
                    ? Future.succeededFuture(seen)
                    : records.newest(seen.id()).recover(Deployments::gone);
        });
    }
}
