package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The only writer of agents. */
public final class Agents {
    private static final String NAME = "agents";
    static final DocumentStore.Collection COLLECTION =
            Catalog.collection(NAME, Field.text("instructionId"), Field.texts("toolIds"), Field.text("model"));
    /** What a turn sets itself. */
    private static final Set<String> OURS =
            Set.of("model", "messages", "tools", "tool_choice", "stream", "stream_options", "n", "functions");

    private final Catalog<Agent> catalog;
    private final Instructions instructions;
    private final Tools tools;
    private final References references;
    private final InstantSource clock;
    private Function<Agent, Future<Void>> refuseIfUsed = agent -> Future.succeededFuture();
    private Function<String, Future<Boolean>> models = model -> Future.succeededFuture(true);

    Agents(DocumentStore store, Instructions instructions, Tools tools, References references, InstantSource clock) {
        this.catalog = new Catalog<>(
                store,
                NAME,
                "agent",
                Agent.PREFIX,
                Agent.class,
                Records.Shape.of(Agent::id, Agent::version, Agent::withVersion),
                clock);
        this.instructions = instructions;
        this.tools = tools;
        this.references = references;
        this.clock = clock;
        references.agents(catalog);
    }

    /** @param check fails with CONFLICT when conversations use the agent. Set once, before the first request. */
    void usedBy(Function<Agent, Future<Void>> check) {
        refuseIfUsed = check;
    }

    /** @param known whether a model of this name can be called. Set once, before the first request. */
    void models(Function<String, Future<Boolean>> known) {
        models = known;
    }

    Catalog<Agent> catalog() {
        return catalog;
    }

    /** @param seen what it was before; null: it is new. One whose model is gone may be changed all the same */
    private Future<Void> model(AgentRequest wanted, Agent seen, List<FieldError> errors) {
        return seen != null && seen.model().equals(wanted.model())
                ? Future.succeededFuture()
                : models.apply(wanted.model()).map(there -> {
                    if (!there) {
                        errors.add(new FieldError(
                                "/model", "no deployment, alias, endpoint or model of this name can be called"));
                    }
                    return null;
                });
    }

    /** Fails with UNPROCESSABLE naming what does not exist or does not fit, with CONFLICT when the name is taken. */
    public Future<Agent> create(String id, AgentRequest wanted, String actor) {
        return references.alone(() -> resolved(wanted, null).compose(fit -> {
            Instant now = clock.instant();
            return catalog.insert(said(
                    AgentBuilder.builder().id(id).version(1).createdBy(actor).createdAt(now), fit, actor, now));
        }));
    }

    private static Agent said(AgentBuilder begun, AgentRequest fit, String actor, Instant now) {
        return begun.name(fit.name())
                .description(fit.description())
                .instructionId(fit.instructionId())
                .instructionVersion(fit.instructionVersion())
                .toolIds(fit.toolIds())
                .model(fit.model())
                .parameters(fit.parameters())
                .limits(fit.limits())
                .memory(fit.memory())
                .summarises(fit.summarises())
                .variables(fit.variables())
                .tags(fit.tags())
                .active(fit.active() == null || fit.active())
                .updatedBy(actor)
                .updatedAt(now)
                .build();
    }

    /** The same with ids for names. */
    private Future<AgentRequest> resolved(AgentRequest wanted, Agent seen) {
        var errors = new ArrayList<FieldError>();
        if (wanted.parameters() != null) {
            wanted.parameters().fieldNames().stream()
                    .filter(OURS::contains)
                    .forEach(name -> errors.add(new FieldError("/parameters/" + name, "is set by AIWM for each call")));
        }
        return model(wanted, seen, errors)
                .compose(checked -> instruction(wanted, errors))
                .compose(instructionId -> tools(wanted, errors).map(toolIds -> {
                    if (!errors.isEmpty()) {
                        throw new Failure(
                                Failure.Kind.UNPROCESSABLE,
                                errors.get(0).pointer() + ": " + errors.get(0).detail(),
                                errors);
                    }
                    return AgentRequestBuilder.builder(wanted)
                            .instructionId(instructionId)
                            .toolIds(toolIds)
                            .build();
                }));
    }

    private Future<String> instruction(AgentRequest wanted, List<FieldError> errors) {
        return instructions
                .get(wanted.instructionId())
                .recover(cause -> missing(cause, "/instructionId", errors))
                .compose(found -> found == null || wanted.instructionVersion() == null
                        ? Future.succeededFuture(found == null ? null : found.id())
                        : instructions
                                .version(found, wanted.instructionVersion())
                                .recover(cause -> missing(cause, "/instructionVersion", errors))
                                .map(version -> found.id()));
    }

    private Future<List<String>> tools(AgentRequest wanted, List<FieldError> errors) {
        List<String> asked = wanted.toolIds() == null ? List.of() : wanted.toolIds();
        var found = new ArrayList<Future<Tool>>();
        for (int i = 0; i < asked.size(); i++) {
            String field = "/toolIds/" + i;
            found.add(tools.get(asked.get(i)).recover(cause -> missing(cause, field, errors)));
        }
        return Future.join(found).map(all -> {
            var ids = new ArrayList<String>();
            var distinct = new HashSet<String>();
            for (int i = 0; i < found.size(); i++) {
                Tool tool = found.get(i).result();
                if (tool != null && !distinct.add(tool.id())) {
                    errors.add(new FieldError("/toolIds/" + i, "is there twice"));
                } else if (tool != null && wanted.memory() != null && MemoryTools.NAMES.contains(tool.name())) {
                    errors.add(new FieldError(
                            "/toolIds/" + i, tool.name() + " is the name of a tool of the agent's memory; rename it"));
                } else if (tool != null) {
                    ids.add(tool.id());
                }
            }
            return ids;
        });
    }

    private static <T> Future<T> missing(Throwable cause, String field, List<FieldError> errors) {
        if (Failure.of(cause).kind != Failure.Kind.NOT_FOUND) {
            return Future.failedFuture(cause);
        }
        errors.add(new FieldError(field, cause.getMessage()));
        return Future.succeededFuture(null);
    }

    /** By its id or its name. Fails with NOT_FOUND, also for a deleted one. */
    public Future<Agent> get(String idOrName) {
        return catalog.get(idOrName);
    }

    public Future<Records.Page<Agent>> find(ListFilter filter, int limit, String cursor) {
        return catalog.find(filter, limit, cursor);
    }

    public Future<Long> count(ListFilter filter) {
        return catalog.count(filter);
    }

    public Future<Map<String, Long>> countBy(String field, ListFilter filter) {
        return catalog.countBy(field, filter);
    }

    /** For a filter ({@link Catalog#idOf}). */
    Future<String> idOf(String idOrName) {
        return catalog.idOf(idOrName);
    }

    /** Also a deleted one, by its id. Fails with NOT_FOUND. */
    public Future<Agent> any(String idOrName) {
        return idOrName.startsWith(Agent.PREFIX + "_") ? catalog.any(idOrName) : catalog.get(idOrName);
    }

    /** Those of these ids that are there, deleted or not. */
    Future<Map<String, Agent>> all(Collection<String> ids) {
        return catalog.all(ids);
    }

    /** The instructions of agents, by the ids of the agents: as they are at the versions that the agents use. */
    public Future<Map<String, Instruction>> instructionsOf(Collection<Agent> all) {
        return instructions.toldTo(all);
    }

    /** What agents refer to, by id. */
    public Future<Map<String, Tool>> toolsOf(Collection<Agent> all) {
        return tools.catalog.all(
                all.stream().flatMap(agent -> agent.toolIds().stream()).toList());
    }

    /** What the instruction of an agent says at the version that it uses. Fails with NOT_FOUND. */
    public Future<InstructionVersion> instructionOf(Agent agent) {
        return instructions
                .get(agent.instructionId())
                .compose(found -> instructions.version(
                        found, agent.instructionVersion() == null ? 0 : agent.instructionVersion()));
    }

    /** Fails as {@link #create} and with PRECONDITION. @param version of the record that was seen; null: any */
    public Future<Agent> replace(String idOrName, AgentRequest wanted, String actor, Long version) {
        return catalog.get(idOrName)
                .compose(seen -> references.alone(() -> resolved(wanted, seen)
                        .compose(fit -> catalog.change(
                                seen.id(),
                                version,
                                now -> said(AgentBuilder.builder(now), fit, actor, clock.instant())))));
    }

    /** Marks it as deleted. Fails with CONFLICT naming the conversations that use it, with NOT_FOUND and PRECONDITION. */
    public Future<Agent> delete(String idOrName, Long version) {
        return catalog.get(idOrName)
                .compose(seen -> references.alone(() -> refuseIfUsed
                        .apply(seen)
                        .compose(free -> catalog.change(
                                seen.id(),
                                version,
                                now -> AgentBuilder.builder(now)
                                        .deletedAt(clock.instant())
                                        .build()))));
    }

    /** Fails with NOT_FOUND, with CONFLICT when its name was taken or what it refers to was deleted meanwhile. */
    public Future<Agent> restore(String id, Long version) {
        return references.alone(() -> catalog.any(id)
                .compose(seen -> Future.all(instructionsOf(List.of(seen)), toolsOf(List.of(seen)))
                        .compose(both -> {
                            Map<String, Instruction> instruction = both.resultAt(0);
                            Map<String, Tool> known = both.resultAt(1);
                            requireLive("instruction", instruction.get(seen.id()), seen.instructionId());
                            seen.toolIds().forEach(tool -> requireLive("tool", known.get(tool), tool));
                            return models.apply(seen.model());
                        })
                        .compose(there -> {
                            if (!there) {
                                throw Failure.conflict("model " + seen.model() + " cannot be called; deploy it first");
                            }
                            return catalog.changeAny(
                                    id,
                                    version,
                                    now -> now.deletedAt() == null
                                            ? now
                                            : AgentBuilder.builder(now)
                                                    .deletedAt(null)
                                                    .build());
                        })));
    }

    private static void requireLive(String what, CatalogRecord one, String id) {
        if (one == null || one.deletedAt() != null) {
            throw Failure.conflict(what + " " + id + " is deleted; restore it first");
        }
    }
}
