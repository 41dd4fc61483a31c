package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Container;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * One of the containers that a deployment is to have, as stored in its record.
 *
 * @param index its name within the deployment; not used again while it is there
 * @param generation of the spec that its container is made of, or is to be made of while there is none
 * @param toGeneration of the spec that it is being updated to; null: it is not
 * @param statusReason why it is in this state, in words; null when there is nothing to say
 * @param reasonCode the same as a code
 * @param container the container that counts; null while there is none. Reports of any other change nothing
 * @param seen what was reported of the container that the open execution is making; null otherwise
 * @param traces other nodes where an execution of this replica may have left a container
 * @param lastExecutionId of the newest action. Stored before that execution is made, so that a sweep can make it
 * @param endingFirst an execution that must have ended before the last one is made; null when there is none
 * @param actor who asked for the newest action
 * @param lost the container that counted when its node was lost, until one is made elsewhere or its user wants something
 *     else: when the node brings it back before that, it counts again. Null: none
 * @param adopting true: the newest action is being cancelled because the lost container counts again; null: it is not
 * @param pull true: the newest action pulls the image also where the node has one of that name; null: as the spec says
 * @param restart what a restart that is asked for and has not begun is to do; null: none is asked for
 * @param failures how often it has failed in a row; null: not at all
 * @param retryAt when it is started again after a failure; null: not by itself
 * @param asleep true: the engine in its container has given its GPUs back, so that it holds less than its claim; null: it has not
 * @param readyAt when it became RUNNING last; null: it never was
 * @param since when its state became what it is, or, within that, when it began or ceased to be {@link #isUnwell}
 */
@RecordBuilder
public record Replica(
        int index,
        int generation,
        Integer toGeneration,
        ReplicaState state,
        String statusReason,
        ReasonCode reasonCode,
        Container container,
        Container seen,
        List<String> traces,
        String lastExecutionId,
        String endingFirst,
        String actor,
        Container lost,
        Boolean adopting,
        Boolean pull,
        RestartWish restart,
        Integer failures,
        Instant retryAt,
        Boolean asleep,
        Instant readyAt,
        Instant since) {

    /** A restart that waits for its turn. @param pull whether the image is pulled first */
    public record RestartWish(boolean pull, String actor) {}

    public Replica {
        traces = traces == null ? List.of() : List.copyOf(traces);
    }

    /** Where its container is; null while there is none. */
    public String nodeId() {
        return container == null ? null : container.nodeId();
    }

    /** The generation it has, or will have when the update that is under way is through. */
    public int aim() {
        return toGeneration == null ? generation : toGeneration;
    }

    /** Whether traffic may go to it. */
    public boolean isReady() {
        return state == ReplicaState.RUNNING;
    }

    /**
     * Whether its own container keeps it from being ready, and not that this has just been started, is paused, or is on a node
     * that nothing is heard from. A note about an action that failed hides what its container is, so that is asked.
     */
    boolean isUnwell() {
        boolean silent = reasonCode == ReasonCode.NODE_OFFLINE || reasonCode == ReasonCode.NODE_DELETED;
        if (state != ReplicaState.DEGRADED || silent || container == null) {
            return false;
        }
        ReasonCode.Reason why = ContainerMeaning.of(container).reason();
        return why != null && why.code().meansUnwell();
    }

    /** Whether an action on it uses this execution. */
    public boolean uses(String executionId) {
        return executionId.equals(lastExecutionId) || executionId.equals(endingFirst);
    }

    /** Why it is in its state; null when there is nothing to say. */
    ReasonCode.Reason reason() {
        return statusReason == null ? null : new ReasonCode.Reason(reasonCode, statusReason);
    }

    /** Whether it is neither being removed nor asleep. */
    boolean isStaying() {
        return state != ReplicaState.DELETING && state != ReplicaState.ASLEEP;
    }

    boolean hasGivenBack() {
        return Boolean.TRUE.equals(asleep);
    }

    int failed() {
        return failures == null ? 0 : failures;
    }
}
