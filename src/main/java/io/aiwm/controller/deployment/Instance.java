package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Container;
import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.deployment.engine.EngineSpec;
import io.aiwm.protocol.ContainerSpec;
import java.time.Instant;
import java.util.List;

/** A replica together with the deployment it belongs to: what decisions about one container read. */
record Instance(Deployment of, Replica replica) {

    String id() {
        return of.id();
    }

    int index() {
        return replica.index();
    }

    long version() {
        return of.version();
    }

    String name() {
        return of.name();
    }

    /** What runs, or shall run when the current update is through. */
    ContainerSpec spec() {
        return of.revision(replica.aim()).spec();
    }

    DeploymentModel model() {
        return of.revision(replica.aim()).model();
    }

    /** What its model takes, as it was estimated; null: it was not. */
    ModelMemory memory() {
        return of.revision(replica.aim()).memory();
    }

    /** Null: its spec is what was asked for. */
    EngineSpec engine() {
        return of.revision(replica.aim()).engine();
    }

    Deployment.Placement placement() {
        return of.placement();
    }

    Desired desired() {
        return replica.state() == ReplicaState.DELETING ? Desired.STOPPED : of.desired();
    }

    ReplicaState status() {
        return replica.state();
    }

    String statusReason() {
        return replica.statusReason();
    }

    ReasonCode reasonCode() {
        return replica.reasonCode();
    }

    ReasonCode.Reason reason() {
        return replica.reason();
    }

    Container container() {
        return replica.container();
    }

    Container seen() {
        return replica.seen();
    }

    Container lost() {
        return replica.lost();
    }

    List<String> traces() {
        return replica.traces();
    }

    String lastExecutionId() {
        return replica.lastExecutionId();
    }

    String endingFirst() {
        return replica.endingFirst();
    }

    String actor() {
        return replica.actor();
    }

    Instant since() {
        return replica.since();
    }

    String nodeId() {
        return replica.nodeId();
    }

    /** Whether the newest action pulls the image whatever the node has. */
    boolean pulls() {
        return Boolean.TRUE.equals(replica.pull());
    }

    boolean adopts() {
        return Boolean.TRUE.equals(replica.adopting());
    }

    ReplicaChange change() {
        return new ReplicaChange(this);
    }
}
