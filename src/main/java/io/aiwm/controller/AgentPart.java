package io.aiwm.controller;

import io.aiwm.controller.agent.AgentServices;
import io.aiwm.controller.agent.Conversations;
import io.aiwm.controller.api.AgentResource;
import io.aiwm.controller.api.ApprovalResource;
import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.ConversationFeed;
import io.aiwm.controller.api.ConversationResource;
import io.aiwm.controller.api.InstructionResource;
import io.aiwm.controller.api.MemoryResource;
import io.aiwm.controller.api.ToolResource;
import io.aiwm.controller.change.ChangeTail;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Agents: instructions, tools, conversations, and the turns that this controller carries out. */
final class AgentPart implements Part {
    final AgentServices services;
    /** What models are called with in the name of users. */
    final AgentServices.Models models;
    /** Which users callers of the API are. */
    final CallerIdentity callers;

    /** Turns at the event bridge. */
    final ConversationFeed feed;

    private final StoragePart storage;
    private final InferencePart inference;

    AgentPart(
            PartContext basis,
            StoragePart storage,
            SecretPart secrets,
            NodePart machines,
            ExecutionPart work,
            InferencePart inference,
            McpPart mcp) {
        this.storage = storage;
        this.inference = inference;
        models = new AgentServices.Models(
                inference.ownCalls(),
                (user, keyId) -> user.since() == null
                        ? inference.limits.callers.again(user.name(), keyId)
                        : inference.limits.callers.again(user.name(), user.since(), keyId),
                inference.configs::context,
                inference.configs::knowsNow);
        callers = new CallerIdentity(inference.limits.callers::since);
        services = new AgentServices(
                new AgentServices.Here(
                        basis.vertx(),
                        basis.controllerId(),
                        machines.controllers::others,
                        basis.config().agents().internalHosts(),
                        new AgentServices.UserLimits(
                                basis.config().agents().turnsAtOnce(),
                                basis.config().agents().turnsPerHour()),
                        mcp.auth.audit.log),
                basis.store(),
                secrets.secrets,
                work.executions,
                models,
                mcp.reach,
                basis.clock());
        feed = new ConversationFeed(services.conversations(), services.turns(), services.reading(), callers);
        var tail = new ChangeTail(
                basis.vertx(),
                basis.store(),
                Set.of(Conversations.COLLECTION.name()),
                change -> feed.changed(change.id()),
                feed::missed);
        feed.onInterest(tail::want);
        inference.inUse.usedBy(services.modelUses());
        mcp.auth.users.onDelete(services.memories()::userDeleted);
    }

    @Override
    public List<Collection> collections() {
        return AgentServices.collections();
    }

    @Override
    public List<Resource> resources() {
        return List.of(
                new InstructionResource(services.instructions(), storage.keys),
                new ToolResource(services.tools(), services.tryOut(), callers, storage.keys),
                new AgentResource(services.agents(), inference.configs::resolved, storage.keys),
                new MemoryResource(services.agents(), services.memories(), callers),
                new ConversationResource(
                        services.conversations(), services.turns(), services.reading(), callers, storage.keys),
                new ApprovalResource(services.approvals(), callers));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(
                new Sweep("turns of agents", Duration.ofSeconds(1), services.driver()::run),
                new Sweep("turns without a conversation", Duration.ofSeconds(30), services.strays()::run),
                new Sweep("memory of deleted agents", Duration.ofHours(1), services.forgotten()::run));
    }
}
