package io.aiwm.testing;

import io.aiwm.boot.Secrets;
import io.aiwm.controller.agent.AgentServices;
import io.aiwm.controller.auth.ApiKeys;
import io.aiwm.controller.auth.JwtTokens;
import io.aiwm.controller.auth.OwnTokens;
import io.aiwm.controller.auth.Users;
import io.aiwm.controller.mcp.ApiTools;
import io.aiwm.controller.mcp.McpClient;
import io.aiwm.controller.mcp.OwnApi;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** What tools of agents reach where there is no API: servers of MCP on this machine. */
public final class AgentReach {
    private AgentReach() {}

    public static AgentServices.Reach of(Vertx vertx, DocumentStore store) {
        var clock = InstantSource.system();
        var users = new Users(vertx, store, clock);
        return new AgentServices.Reach(
                new McpClient(vertx, List.of("127.0.0.1"), name -> List.of()),
                new ApiTools(new OwnApi(vertx, "127.0.0.1", () -> 1, 1_000, Duration.ofSeconds(1))),
                new OwnTokens(
                        new JwtTokens(vertx, new Secrets("0123456789abcdef".repeat(2), null, null, null), clock),
                        users,
                        new ApiKeys(store, users, clock)));
    }
}
