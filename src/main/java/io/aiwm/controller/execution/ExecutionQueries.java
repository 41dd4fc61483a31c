package io.aiwm.controller.execution;

import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The collection of executions and the queries over its fields. */
final class ExecutionQueries {
    private static final String NAME = "executions";
    static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
                    NAME,
                    List.of(
                            Field.text("status"),
                            Field.text("name"),
                            Field.text("category"),
                            Field.text("phase"),
                            Field.text("type"),
                            Field.text("resourceId"),
                            Field.text("resourceType"),
                            Field.text("parentExecutionId"),
                            Field.text("privateTo"),
                            Field.number("wakeAtMs"),
                            Field.time(Query.CREATED),
                            new Field("nodeIds", DocumentStore.Type.TEXT_ARRAY, false)),
                    // what people list by, newest first
                    List.of(
                            List.of("status", Query.CREATED),
                            List.of("name", Query.CREATED),
                            List.of("category", Query.CREATED),
                            List.of("phase", Query.CREATED),
                            List.of("type", Query.CREATED),
                            List.of("resourceId", Query.CREATED)))
            .telling();

    static final List<Condition> ENDED = List.of(Condition.gte("wakeAtMs", Execution.NEVER));

    private ExecutionQueries() {}

    /** Executions that may have an attempt on a node, oldest first. */
    static Query openOn(String nodeId) {
        return Query.where(Condition.eq("status", "RUNNING"), Condition.eq("nodeIds", nodeId))
                .oldestFirst()
                .limit(Query.MAX_LIMIT);
    }

    /** Executions whose time to be looked at has come, most urgent first. */
    static Query due(long nowMillis, int most) {
        Condition past = new Condition("wakeAtMs", Query.Op.LTE, nowMillis);
        return Query.where(past).orderBy("wakeAtMs", false).limit(most);
    }

    /** Executions that have ended, in the order of their ends. */
    static Query ended(int limit, String cursor) {
        return new Query(ENDED, List.of(new Query.Order("wakeAtMs", false)), limit, cursor);
    }

    /** Those of these ids that there still are. */
    static Query among(Set<String> ids) {
        return Query.where(Condition.in("id", List.copyOf(ids))).limit(Query.MAX_LIMIT);
    }

    /** Which of these ids have ended or are gone, as {@link #among} has found them. */
    static Set<String> ended(Set<String> ids, Records.Page<Execution> found) {
        var ended = new HashSet<>(ids);
        found.unreadable().forEach(ended::remove);
        found.items().stream().filter(one -> !one.status().isFinal()).forEach(one -> ended.remove(one.id()));
        return ended;
    }

    /** Children of an execution that have ended. */
    static Query endedChildren(String parentId) {
        List<String> ended = Arrays.stream(ExecutionState.values())
                .filter(ExecutionState::isFinal)
                .map(Enum::name)
                .toList();
        return Query.where(Condition.eq("parentExecutionId", parentId), Condition.in("status", ended))
                .limit(Query.MAX_LIMIT);
    }
}
