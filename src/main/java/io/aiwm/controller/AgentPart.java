package io.aiwm.controller;

import io.aiwm.controller.agent.AgentServices;
import io.aiwm.controller.api.AgentResource;
import io.aiwm.controller.api.ApprovalResource;
import io.aiwm.controller.api.ConversationResource;
import io.aiwm.controller.api.InstructionResource;
import io.aiwm.controller.api.ToolResource;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import java.time.Duration;
import java.util.List;

/** Agents: instructions, tools, conversations, and the turns that this controller carries out. */
final class AgentPart implements Part {
    private final AgentServices services;
    private final StoragePart storage;
    private final InferencePart inference;

    AgentPart(
            Basis basis,
            StoragePart storage,
            SecretPart secrets,
            NodePart machines,
            ExecutionPart work,
            InferencePart inference,
            McpPart mcp,
            AuditPart audit) {
        this.storage = storage;
        this.inference = inference;
        services = new AgentServices(
                new AgentServices.Here(
                        basis.vertx(),
                        basis.controllerId(),
                        machines.controllers::others,
                        basis.config().agents().internalHosts(),
                        audit.log),
                basis.store(),
                secrets.secrets,
                work.executions,
                new AgentServices.Models(inference.ownCalls(), inference.limits.callers::again),
                mcp.reach,
                basis.clock());
    }

    @Override
    public List<Collection> collections() {
        return AgentServices.collections();
    }

    @Override
    public List<Resource> resources() {
        return List.of(
                new InstructionResource(services.instructions(), storage.keys),
                new ToolResource(services.tools(), storage.keys),
                new AgentResource(services.agents(), inference.configs::knows, storage.keys),
                new ConversationResource(services.conversations(), services.turns(), services.reading(), storage.keys),
                new ApprovalResource(services.approvals()));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(
                new Sweep("turns of agents", Duration.ofSeconds(1), services.driver()::run),
                new Sweep("turns without a conversation", Duration.ofSeconds(30), services.strays()::run));
    }
}
