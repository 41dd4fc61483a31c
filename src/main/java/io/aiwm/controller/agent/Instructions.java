package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The only writer of instructions and their versions. */
public final class Instructions {
    static final int MOST_VERSIONS = 10_000;
    private static final String NAME = "agentInstructions";
    private static final String VERSIONS = "agentInstructionVersions";
    static final DocumentStore.Collection COLLECTION = Catalog.collection(NAME);
    static final DocumentStore.Collection VERSION_COLLECTION = new DocumentStore.Collection(
            VERSIONS,
            List.of(Field.text("instructionId"), Field.number("number")),
            List.of(List.of("instructionId", "number")));

    final Catalog<Instruction> catalog;
    private final Records<InstructionVersion> versions;
    private final References references;
    private final InstantSource clock;

    Instructions(DocumentStore store, References references, InstantSource clock) {
        this.catalog = new Catalog<>(
                store,
                NAME,
                "instruction",
                Instruction.PREFIX,
                Instruction.class,
                Records.Shape.of(Instruction::id, Instruction::version, Instruction::withVersion),
                clock);
        this.versions = new Records<>(
                store,
                VERSIONS,
                InstructionVersion.class,
                Records.Shape.of(InstructionVersion::id, InstructionVersion::version, InstructionVersion::withVersion),
                version -> false,
                false);
        this.references = references;
        this.clock = clock;
    }

    /** Fails with UNPROCESSABLE naming the field, with CONFLICT when the name is taken. */
    public Future<Instruction> create(String id, InstructionRequest asked, String actor) {
        InstructionRequest wanted = asked.complete();
        Prompt.refuse(wanted);
        Instant now = clock.instant();
        return catalog.insert(said(
                InstructionBuilder.builder()
                        .id(id)
                        .version(1)
                        .number(1)
                        .createdBy(actor)
                        .createdAt(now),
                wanted,
                actor,
                now));
    }

    private static Instruction said(InstructionBuilder begun, InstructionRequest wanted, String actor, Instant now) {
        return begun.name(wanted.name())
                .description(wanted.description())
                .systemPrompt(wanted.systemPrompt())
                .guidelines(wanted.guidelines())
                .variables(wanted.variables())
                .tags(wanted.tags())
                .active(wanted.active())
                .updatedBy(actor)
                .updatedAt(now)
                .build();
    }

    /** By its id or its name. Fails with NOT_FOUND, also for a deleted one. */
    public Future<Instruction> get(String idOrName) {
        return catalog.get(idOrName);
    }

    public Future<Records.Page<Instruction>> find(ListFilter filter, int limit, String cursor) {
        return catalog.find(filter, limit, cursor);
    }

    public Future<Long> count(ListFilter filter) {
        return catalog.count(filter);
    }

    public Future<Map<String, Long>> countBy(String field, ListFilter filter) {
        return catalog.countBy(field, filter);
    }

    /**
     * Replaces what an instruction says; where that is other than before, it is a new version. Fails as {@link #create} and with
     * PRECONDITION.
     *
     * @param version of the record that was seen; null: any
     */
    public Future<Instruction> replace(String idOrName, InstructionRequest asked, String actor, Long version) {
        InstructionRequest wanted = asked.complete();
        Prompt.refuse(wanted);
        return catalog.get(idOrName).compose(seen -> {
            if (seen.saysAs(wanted)) {
                return catalog.change(seen.id(), version, same -> same);
            }
            if (seen.number() >= MOST_VERSIONS) {
                throw Failure.conflict("an instruction has " + MOST_VERSIONS + " versions at most; make another one");
            }
            // before the change, so that no version can be lost between two writes; once more is the same
            return archived(seen)
                    .compose(kept -> catalog.change(seen.id(), version, now -> {
                        if (now.number() != seen.number()) {
                            throw Failure.busy("instruction " + seen.name() + " was changed meanwhile; try again");
                        }
                        return said(
                                InstructionBuilder.builder(now).number(now.number() + 1),
                                wanted,
                                actor,
                                clock.instant());
                    }));
        });
    }

    private Future<Void> archived(Instruction present) {
        return versions.insert(InstructionVersion.of(present))
                .<Void>mapEmpty()
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }

    /** Fails with NOT_FOUND. @param number 0: the newest */
    public Future<InstructionVersion> version(Instruction of, int number) {
        return number == 0 || number == of.number()
                ? Future.succeededFuture(InstructionVersion.of(of))
                : versions.get(InstructionVersion.id(of.id(), number))
                        .recover(cause -> Future.failedFuture(
                                Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                        ? new Failure(
                                                Failure.Kind.NOT_FOUND,
                                                "instruction " + of.name() + " has no version " + number)
                                        : cause));
    }

    /** What agents are told, by their ids: their instructions at the versions that they use. Of an agent whose instruction is gone: none. */
    Future<Map<String, Instruction>> toldTo(Collection<Agent> agents) {
        return catalog.all(agents.stream().map(Agent::instructionId).toList())
                .compose(present -> earlier(agents, present).map(earlier -> {
                    var told = new HashMap<String, Instruction>();
                    agents.forEach(agent -> {
                        Instruction now = present.get(agent.instructionId());
                        InstructionVersion pinned =
                                agent.instructionVersion() == null ? null : earlier.get(pinned(agent));
                        if (now != null) {
                            told.put(agent.id(), pinned == null ? now : now.at(pinned));
                        }
                    });
                    return told;
                }));
    }

    private Future<Map<String, InstructionVersion>> earlier(
            Collection<Agent> agents, Map<String, Instruction> present) {
        List<String> ids = agents.stream()
                .filter(agent -> agent.instructionVersion() != null)
                .filter(agent -> present.containsKey(agent.instructionId()))
                .map(Instructions::pinned)
                .distinct()
                .toList();
        return ids.isEmpty()
                ? Future.succeededFuture(Map.of())
                : versions.find(Query.where(Condition.in("id", ids)).limit(Math.min(ids.size(), Query.MAX_LIMIT)))
                        .map(page -> page.items().stream()
                                .collect(Collectors.toMap(InstructionVersion::id, version -> version)));
    }

    /** Of an agent that pins one. */
    private static String pinned(Agent agent) {
        return InstructionVersion.id(agent.instructionId(), agent.instructionVersion());
    }

    /** One page, newest first: the first page begins with the newest version. It is an item longer if the limit is 1. */
    public Future<Records.Page<InstructionVersion>> versions(Instruction of, int limit, String cursor) {
        var older = Query.where(
                        Condition.eq("instructionId", of.id()), new Condition("number", Query.Op.LT, of.number()))
                .orderBy("number", true);
        if (cursor != null) {
            return versions.page(older.limit(limit).after(cursor));
        }
        return versions.page(older.limit(Math.max(1, limit - 1))).map(page -> {
            var all = new ArrayList<InstructionVersion>();
            all.add(InstructionVersion.of(of));
            all.addAll(page.items());
            return new Records.Page<>(all, page.nextCursor(), page.unreadable());
        });
    }

    /** Marks it as deleted. Fails with CONFLICT naming the agents that use it, with NOT_FOUND and PRECONDITION. */
    public Future<Instruction> delete(String idOrName, Long version) {
        return catalog.get(idOrName)
                .compose(seen -> references.alone(() -> references
                        .refuseIfUsed("instruction", seen, Condition.eq("instructionId", seen.id()))
                        .compose(free -> catalog.change(
                                seen.id(),
                                version,
                                now -> InstructionBuilder.builder(now)
                                        .deletedAt(clock.instant())
                                        .build()))));
    }

    /** Fails with NOT_FOUND, with CONFLICT when its name was taken meanwhile. What is not deleted stays as it is. */
    public Future<Instruction> restore(String id, Long version) {
        return catalog.changeAny(
                id,
                version,
                seen -> seen.deletedAt() == null
                        ? seen
                        : InstructionBuilder.builder(seen).deletedAt(null).build());
    }
}
