package io.aiwm.controller.agent;

import io.aiwm.controller.inference.CallableUsers;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Agents, by their models, and tools whose server is a deployment. */
public final class ModelUses implements CallableUsers {
    private static final int PAGE = 500;

    private final Agents agents;
    private final Tools tools;

    ModelUses(Agents agents, Tools tools) {
        this.agents = agents;
        this.tools = tools;
    }

    @Override
    public Future<List<User>> users() {
        var all = new ArrayList<User>();
        return add(all, agents.catalog(), ListFilter.of(), ModelUses::user, null)
                .compose(read -> add(
                        all,
                        tools.catalog,
                        ListFilter.of(Condition.eq("kind", Tool.Kind.MCP.wire())),
                        ModelUses::user,
                        null))
                .map(all);
    }

    private static User user(Agent agent) {
        return new User("agent " + agent.name() + " (" + agent.id() + ")", agent.model(), null);
    }

    /** Null: its server is none of AIWM's. */
    private static User user(Tool tool) {
        return tool.mcp() == null || tool.mcp().deployment() == null
                ? null
                : new User(
                        "tool " + tool.name() + " (" + tool.id() + ")",
                        null,
                        tool.mcp().deployment());
    }

    private static <T extends CatalogRecord> Future<Void> add(
            List<User> all, Catalog<T> of, ListFilter filter, Function<T, User> user, String cursor) {
        return of.find(filter, PAGE, cursor).compose(page -> {
            page.items().stream().map(user).filter(one -> one != null).forEach(all::add);
            return page.nextCursor() == null ? Future.succeededFuture() : add(all, of, filter, user, page.nextCursor());
        });
    }
}
