package io.aiwm.controller.job;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Which jobs; what is null or empty asks for nothing. Several values of one field mean any of them.
 *
 * @param q a part of the name
 * @param nodeId has or had an attempt there
 * @param createdAfter this moment or later
 * @param createdBefore before this moment
 */
public record JobFilter(
        List<StepState> status,
        List<String> name,
        String q,
        String nodeId,
        List<String> scheduleId,
        Instant createdAfter,
        Instant createdBefore) {
    public static final JobFilter ALL = new JobFilter(null, null, null, null, null, null, null);

    public JobFilter {
        status = status == null ? List.of() : List.copyOf(status);
        name = name == null ? List.of() : List.copyOf(name);
        scheduleId = scheduleId == null ? List.of() : List.copyOf(scheduleId);
    }

    JobFilter in(Collection<StepState> states) {
        return new JobFilter(List.copyOf(states), name, q, nodeId, scheduleId, createdAfter, createdBefore);
    }

    /** An array is one job: its tasks are not among them. */
    List<Condition> conditions() {
        var where =
                new ArrayList<>(List.of(Condition.eq("type", JobPlans.JOB), Condition.eq("category", Execution.JOB)));
        if (!status.isEmpty()) {
            where.add(Condition.in("phase", status.stream().map(Enum::name).toList()));
        }
        if (!name.isEmpty()) {
            where.add(Condition.in("name", name));
        }
        if (q != null) {
            where.add(Condition.contains("name", q));
        }
        if (nodeId != null) {
            where.add(Condition.eq("nodeIds", nodeId));
        }
        if (!scheduleId.isEmpty()) {
            where.add(Condition.eq("resourceType", JobPlans.SCHEDULE));
            where.add(Condition.in("resourceId", scheduleId));
        }
        if (createdAfter != null) {
            where.add(Condition.gte(Query.CREATED, createdAfter));
        }
        if (createdBefore != null) {
            where.add(Condition.lt(Query.CREATED, createdBefore));
        }
        return where;
    }
}
