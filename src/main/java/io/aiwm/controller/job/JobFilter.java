package io.aiwm.controller.job;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.protocol.Ids;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Which jobs; what is null or empty asks for nothing. Several values of one field mean any of them.
 *
 * @param nodeId has or had an attempt there
 * @param createdAfter this moment or later
 * @param createdBefore before this moment
 */
public record JobFilter(
        List<StepState> status,
        List<String> name,
        String nodeId,
        List<String> scheduleId,
        Instant createdAfter,
        Instant createdBefore) {
    /** An id has 48 bits for its time. */
    private static final Instant LAST = Instant.ofEpochMilli((1L << 48) - 1);

    public static final JobFilter ALL = new JobFilter(null, null, null, null, null, null);

    public JobFilter {
        status = status == null ? List.of() : List.copyOf(status);
        name = name == null ? List.of() : List.copyOf(name);
        scheduleId = scheduleId == null ? List.of() : List.copyOf(scheduleId);
    }

    JobFilter in(Collection<StepState> states) {
        return new JobFilter(List.copyOf(states), name, nodeId, scheduleId, createdAfter, createdBefore);
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
        if (nodeId != null) {
            where.add(Condition.eq("nodeIds", nodeId));
        }
        if (!scheduleId.isEmpty()) {
            where.add(Condition.eq("resourceType", JobPlans.SCHEDULE));
            where.add(Condition.in("resourceId", scheduleId));
        }
        // ids begin with their time
        if (createdAfter != null) {
            where.add(Condition.gte("id", Ids.from(Jobs.PREFIX, millis(createdAfter))));
        }
        if (createdBefore != null) {
            where.add(Condition.lt("id", Ids.from(Jobs.PREFIX, millis(createdBefore))));
        }
        return where;
    }

    /** A moment that no id can have is as good as the first or the last that one can. */
    private static long millis(Instant moment) {
        return moment.isBefore(Instant.EPOCH) ? 0 : moment.isAfter(LAST) ? LAST.toEpochMilli() : moment.toEpochMilli();
    }
}
