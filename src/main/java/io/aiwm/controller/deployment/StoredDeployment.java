package io.aiwm.controller.deployment;

import com.fasterxml.jackson.databind.util.StdConverter;
import io.aiwm.controller.deployment.Deployment.Container;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.deployment.engine.EngineSpec;
import io.aiwm.controller.eventlog.Outbox;
import io.aiwm.protocol.ContainerSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A deployment's record as it may be found in the store: of this version, or of one before there were several replicas,
 * whose one container stands in the record itself and is replica 0 from now on. Nothing is done to that container.
 *
 * @param instances null: it is a record of before, and what follows {@code updatedAt} is about its one container
 * @param status of a record of before: the state of its container
 */
record StoredDeployment(
        String id,
        long version,
        String name,
        ContainerSpec spec,
        DeploymentModel model,
        EngineSpec engine,
        ContainerSpec asked,
        ModelMemory memory,
        Deployment.Placement placement,
        int replicas,
        Desired desired,
        String status,
        String statusReason,
        ReasonCode reasonCode,
        List<Replica> instances,
        int generation,
        int goodGeneration,
        List<Revision> revisions,
        RolloutPolicy update,
        Autoscale autoscale,
        Scaling scaling,
        Rollout rollout,
        Boolean deleting,
        Outbox outbox,
        String actor,
        Instant createdAt,
        Instant updatedAt,
        ContainerSpec previousSpec,
        Container container,
        Container seen,
        List<String> traces,
        String lastExecutionId,
        String endingFirst,
        Container lost,
        Boolean pull,
        Boolean adopting) {

    /** Makes the record of either. */
    static final class Reader extends StdConverter<StoredDeployment, Deployment> {
        @Override
        public Deployment convert(StoredDeployment stored) {
            return stored.instances == null ? stored.ofBefore() : stored.ofNow();
        }
    }

    private DeploymentBuilder shared() {
        return DeploymentBuilder.builder()
                .id(id)
                .version(version)
                .name(name)
                .spec(spec)
                .model(model)
                .engine(engine)
                .asked(asked)
                .memory(memory)
                .placement(placement)
                .replicas(replicas)
                .desired(desired)
                .update(update)
                .autoscale(autoscale)
                .scaling(scaling)
                .rollout(rollout)
                .deleting(deleting)
                .outbox(outbox)
                .actor(actor)
                .createdAt(createdAt)
                .updatedAt(updatedAt);
    }

    private Deployment ofNow() {
        return shared().instances(instances)
                .generation(generation)
                .goodGeneration(goodGeneration)
                .revisions(revisions)
                .build();
    }

    private ResolvedSpec plain(ContainerSpec made) {
        return new ResolvedSpec(made, model, null, null, null);
    }

    /** An update that was under way goes on as one. */
    private Deployment ofBefore() {
        ReplicaState state = status == null ? null : ReplicaState.valueOf(status);
        boolean updating = state == ReplicaState.UPDATING && previousSpec != null;
        var known = new ArrayList<Revision>();
        known.add(Revision.of(1, plain(updating ? previousSpec : spec), createdAt, actor));
        if (updating) {
            known.add(Revision.of(2, plain(spec), updatedAt, actor));
        }
        var replica = ReplicaBuilder.builder()
                .index(0)
                .generation(1)
                .toGeneration(updating ? 2 : null)
                .state(state)
                .statusReason(statusReason)
                .reasonCode(reasonCode == null ? ReasonCode.ofWords(statusReason) : reasonCode)
                .container(container)
                .seen(seen)
                .traces(traces)
                .lastExecutionId(lastExecutionId)
                .endingFirst(endingFirst)
                .actor(actor)
                .lost(lost)
                .adopting(adopting)
                .pull(pull)
                .since(updatedAt)
                .build();
        return shared().replicas(1)
                .instances(state == null ? List.of() : List.of(replica))
                .generation(updating ? 2 : 1)
                .goodGeneration(1)
                .revisions(known)
                .rollout(updating ? Rollout.begin(1, 2, updatedAt) : null)
                .deleting(state == ReplicaState.DELETING ? true : null)
                .build();
    }
}
