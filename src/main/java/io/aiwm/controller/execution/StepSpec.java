package io.aiwm.controller.execution;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A step as it was asked for; never changes.
 *
 * @param command one of CommandNames
 * @param data the command's data, given to the worker as it is (with {@code deadline} added)
 * @param dependsOn indices of steps that must be done first
 * @param optional its failure neither stops its dependants nor fails the execution
 * @param nodeId run exactly there; null: placed
 * @param requires requirements, as users call it; stored under this name
 * @param sameNodeAs run where this earlier step ran; null: no such wish
 * @param timeoutMs of one attempt, from its assignment; null: as long as the execution may take
 * @param maxRetries attempts after the first that failed retryably
 * @param priority {@link Priority}: 0 to 100, higher first
 * @param preemptible whether work of higher priority may take its place
 * @param gang steps of one execution with the same name here start together or not at all; null: alone
 * @param orderOnly true: it runs when the steps of {@code dependsOn} have ended, however; null: only when they are done
 * @param claimId whose the claim on the node's resources is when it outlives the step ({@code <deployment>/<replica>});
 *     null: the step's own, given back when its attempt closes
 */
@RecordBuilder
public record StepSpec(
        int index,
        String name,
        String command,
        JsonObject data,
        List<Integer> dependsOn,
        boolean optional,
        String nodeId,
        Integer sameNodeAs,
        @JsonAlias("requirements") Requires requires,
        Long timeoutMs,
        int maxRetries,
        OnNodeLost onNodeLost,
        Integer priority,
        boolean preemptible,
        String gang,
        Boolean orderOnly,
        @JsonProperty("holds") String claimId) {

    public StepSpec {
        data = data == null ? new JsonObject() : data;
        dependsOn = dependsOn == null ? List.of() : List.copyOf(dependsOn);
        onNodeLost = onNodeLost == null ? OnNodeLost.RESCHEDULE : onNodeLost;
        priority = priority == null ? Priority.NORMAL : priority;
    }

    /** Whether this step, which depends on the other, runs only when the other has completed. */
    boolean needs(StepSpec other) {
        return !other.optional() && !Boolean.TRUE.equals(orderOnly);
    }
}
