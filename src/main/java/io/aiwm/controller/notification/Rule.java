package io.aiwm.controller.notification;

import io.aiwm.controller.eventlog.Severity;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * Which events go to which targets, as stored in collection {@code notificationRules}. Written by {@link Rules} only.
 *
 * @param id its name
 * @param types with {@code *} for any text; one without it also means all that begin with it and a dot. Empty: all
 * @param kinds of resources; empty: all
 * @param resources ids; empty: all
 * @param severity the least
 * @param targets names
 */
@RecordBuilder
public record Rule(
        String id,
        long version,
        List<String> types,
        List<String> kinds,
        List<String> resources,
        Severity severity,
        List<String> targets,
        boolean enabled,
        String description,
        Instant createdAt,
        Instant updatedAt,
        String updatedBy) {

    /** What holds until a rule of the same name is set. */
    static final List<Rule> BUILT_IN = List.of(
            RuleBuilder.builder()
                    .id("work-to-queue")
                    .version(0)
                    .types(List.of("worker.*", "node.*", "deployment.*", "replica.*", "execution.*"))
                    .severity(Severity.INFO)
                    .targets(List.of(Target.THE_QUEUE))
                    .enabled(true)
                    .description("events of nodes, deployments and executions go to the Redis queue")
                    .build(),
            RuleBuilder.builder()
                    .id("troubles-to-inbox")
                    .version(0)
                    .types(List.of())
                    .severity(Severity.WARNING)
                    .targets(List.of(Target.THE_INBOX))
                    .enabled(true)
                    .description("warnings and errors go to the inbox")
                    .build());

    public Rule {
        types = types == null ? List.of() : List.copyOf(types);
        kinds = kinds == null ? List.of() : List.copyOf(kinds);
        resources = resources == null ? List.of() : List.copyOf(resources);
        targets = targets == null ? List.of() : List.copyOf(targets);
        severity = severity == null ? Severity.INFO : severity;
    }

    Rule withVersion(long next) {
        return RuleBuilder.builder(this).version(next).build();
    }
}
