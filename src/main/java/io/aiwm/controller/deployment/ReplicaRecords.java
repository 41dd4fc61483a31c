package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.util.function.UnaryOperator;

/** One replica of a deployment as a record of its own: reads and changes it inside the deployment's record. */
final class ReplicaRecords {
    private final Records<Deployment> records;
    private final DeploymentEvents events;

    ReplicaRecords(Records<Deployment> records, DeploymentEvents events) {
        this.records = records;
        this.events = events;
    }

    /** The deployments of a store. @param exclusive whether this process is the only one that writes them */
    static Records<Deployment> of(DocumentStore store, boolean exclusive) {
        return new Records<>(
                store,
                Deployments.NAME,
                Deployment.class,
                Records.Shape.of(Deployment::id, Deployment::version, Deployment::withVersion),
                kept -> exclusive && changesSoon(kept),
                exclusive);
    }

    private static boolean changesSoon(Deployment kept) {
        return kept.isDeleting()
                || kept.isRolling()
                || kept.instances().stream().anyMatch(one -> one.state().isTransitional());
    }

    /** Fails with NOT_FOUND where the deployment is gone, or has no such replica. */
    Future<Instance> get(String id, int index) {
        return records.newest(id).map(found -> existing(found, index));
    }

    Future<Instance> get(Instance seen) {
        return get(seen.id(), seen.index());
    }

    /** Changes one replica. As {@link Records#update}: the same instance means that there is nothing to do. */
    Future<Instance> update(String id, int index, UnaryOperator<Instance> change) {
        return records.update(id, found -> {
                    Instance before = existing(found, index);
                    Instance after = change.apply(before);
                    return after == before ? found : found.with(after);
                })
                .map(written -> existing(written, index));
    }

    Future<Instance> update(Instance seen, UnaryOperator<Instance> change) {
        return update(seen.id(), seen.index(), change);
    }

    /** Its container is gone: takes it out of its deployment, and that away with the last of one that is to be removed. */
    Future<Void> remove(Instance seen) {
        return records.update(seen.id(), found -> {
                    Instance there = found.instance(seen.index());
                    boolean same = there != null
                            && there.status() == ReplicaState.DELETING
                            && there.lastExecutionId().equals(seen.lastExecutionId());
                    return same ? found.without(seen.index()) : found;
                })
                .compose(after -> after.isDeleting() && after.instances().isEmpty()
                        ? events.flushLast(after)
                                .compose(told -> records.delete(after.id()))
                                .mapEmpty()
                        : Future.succeededFuture());
    }

    private static Instance existing(Deployment found, int index) {
        Instance instance = found.instance(index);
        if (instance == null) {
            throw Failure.notFound("replica " + index + " of deployment", found.id());
        }
        return instance;
    }
}
