package io.aiwm.controller;

import io.aiwm.boot.Config;
import io.aiwm.controller.agent.AgentServices;
import io.aiwm.controller.api.McpResource;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.mcp.ApiTools;
import io.aiwm.controller.mcp.McpClient;
import io.aiwm.controller.mcp.OwnApi;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** The Model Context Protocol: this controller's API as tools, and the tools of other servers. */
final class McpPart implements Part {
    /** Of an answer, which a model has to read. */
    private static final int MOST_BYTES = 256 * 1024;

    private final PartContext basis;
    final AuthPart auth;
    private final AtomicInteger port = new AtomicInteger();
    private final OwnApi own;
    /** The API as tools. */
    private final ApiTools tools;

    /** Calls tools of servers. */
    private final McpClient client;
    /** What tools of agents reach. */
    final AgentServices.Reach reach;

    McpPart(PartContext basis, AuthPart auth, InferencePart inference) {
        this.basis = basis;
        this.auth = auth;
        Config.Http http = basis.config().http();
        own = new OwnApi(
                basis.vertx(),
                http.host(),
                port::get,
                MOST_BYTES,
                // the API itself says that it takes too long
                http.requestTimeout().plusSeconds(5));
        tools = new ApiTools(own);
        client = new McpClient(
                basis.vertx(),
                basis.config().agents().internalHosts(),
                name -> inference.configs.config().deployments().stream()
                        .filter(one -> one.name().equals(name))
                        .flatMap(one -> one.replicas().stream())
                        .toList());
        reach = new AgentServices.Reach(client, tools, auth.ownTokens());
    }

    /** The port that was really opened. */
    void listensOn(int opened) {
        port.set(opened);
    }

    @Override
    public List<Resource> resources() {
        return List.of(new McpResource(
                basis.vertx(), tools, Set.copyOf(basis.config().http().corsOrigins())));
    }

    Future<Void> close() {
        return own.close().transform(closed -> client.close());
    }
}
