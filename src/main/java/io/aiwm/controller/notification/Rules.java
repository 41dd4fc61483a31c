package io.aiwm.controller.notification;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.eventlog.EventFilter;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** The only writer of rules. The built-in ones hold until one of the same name is set. */
public final class Rules {
    public static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection("notificationRules", List.of());
    static final int MOST = 200;
    /** Rules are administrators' work, so they may name all events. */
    private static final Principal READER = new Principal("notifications", Role.ADMIN, "notifications", null);

    private final Records<Rule> records;
    private final Targets targets;
    private final InstantSource clock;

    public Rules(DocumentStore store, Targets targets, InstantSource clock) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                Rule.class,
                Records.Shape.of(Rule::id, Rule::version, Rule::withVersion),
                rule -> false,
                false);
        this.targets = targets;
        this.clock = clock;
    }

    /** Calls back when a rule was set or deleted here, before the caller is answered. */
    void onChange(Runnable listener) {
        records.onWritten((before, after) -> listener.run());
        records.onDeleted(id -> listener.run());
    }

    /** @param created whether there was none of this name */
    public record Put(Rule rule, boolean created) {}

    /** Returns the events that the rule means. Fails with INVALID where a type is none. */
    static EventFilter filter(Rule rule) {
        return EventFilter.of(
                new EventFilter.Wanted(
                        rule.types(),
                        rule.kinds(),
                        rule.resources(),
                        rule.severity().word()),
                READER);
    }

    /**
     * Creates or replaces a rule. Fails with UNPROCESSABLE naming the field, with PRECONDITION when it is not at that version,
     * with CONFLICT when there are too many.
     *
     * @param version the one that was seen; null: any
     */
    public Future<Put> put(String name, RuleRequest wanted, String actor, Long version) {
        return targets.all()
                .compose(there -> {
                    refuse(wanted, there.stream().map(Target::id).toList());
                    return records.update(name, seen -> {
                        requireVersion(seen, version);
                        return set(RuleBuilder.builder(seen), wanted, actor);
                    });
                })
                .map(replaced -> new Put(replaced, false))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND && isNew(version)
                        ? insert(name, wanted, actor)
                        : Future.failedFuture(cause));
    }

    /** A built-in rule is shown with version 0. */
    private static boolean isNew(Long version) {
        return version == null || version == 0;
    }

    private static void refuse(RuleRequest wanted, List<String> known) {
        for (String target : wanted.targets()) {
            if (!known.contains(target)) {
                throw Failure.unprocessable("/targets", "there is no target " + target);
            }
        }
        try {
            filter(set(RuleBuilder.builder().id("new"), wanted, null, null));
        } catch (Failure wrong) {
            throw Failure.unprocessable(
                    "/types",
                    wrong.errors.isEmpty()
                            ? wrong.getMessage()
                            : wrong.errors.get(0).detail());
        }
    }

    private Future<Put> insert(String name, RuleRequest wanted, String actor) {
        return records.count(List.of()).compose(there -> {
            if (there >= MOST) {
                throw Failure.conflict("there are " + there + " rules; delete some first");
            }
            RuleBuilder begun = RuleBuilder.builder().id(name).version(1).createdAt(clock.instant());
            return records.insert(set(begun, wanted, actor)).map(made -> new Put(made, true));
        });
    }

    private Rule set(RuleBuilder begun, RuleRequest wanted, String actor) {
        return set(begun, wanted, actor, clock);
    }

    private static Rule set(RuleBuilder begun, RuleRequest wanted, String actor, InstantSource clock) {
        return begun.types(wanted.types())
                .kinds(wanted.kinds())
                .resources(wanted.resources())
                .severity(wanted.severity())
                .targets(wanted.targets())
                .enabled(!Boolean.FALSE.equals(wanted.enabled()))
                .description(wanted.description())
                .updatedAt(clock == null ? null : clock.instant())
                .updatedBy(actor)
                .build();
    }

    private static void requireVersion(Rule seen, Long version) {
        if (version != null && version != seen.version()) {
            throw new Failure(
                    Failure.Kind.PRECONDITION,
                    "the rule is at version " + seen.version() + ", not at " + version + "; read it again");
        }
    }

    /** Fails with NOT_FOUND. */
    public Future<Rule> get(String name) {
        return records.get(name)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Rule.BUILT_IN.stream()
                                .filter(one -> one.id().equals(name))
                                .findFirst()
                                .map(Future::succeededFuture)
                                .orElseGet(() -> Future.failedFuture(Failure.notFound("rule", name)))
                        : Future.failedFuture(cause));
    }

    /** Returns all, the built-in ones that hold first. */
    public Future<List<Rule>> all() {
        return records.find(Query.all().limit(MOST)).map(page -> {
            var all = new ArrayList<Rule>();
            Rule.BUILT_IN.stream()
                    .filter(one ->
                            page.items().stream().noneMatch(set -> set.id().equals(one.id())))
                    .forEach(all::add);
            all.addAll(page.items());
            return all;
        });
    }

    /** Deletes a rule; a built-in one of this name holds again. Fails with NOT_FOUND, with PRECONDITION when it is not at that version. */
    public Future<Void> delete(String name, Long version) {
        return records.get(name)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.failedFuture(Failure.notFound("rule", name))
                        : Future.failedFuture(cause))
                .compose(seen -> {
                    requireVersion(seen, version);
                    return version == null ? records.delete(name) : records.delete(seen);
                })
                .mapEmpty();
    }
}
