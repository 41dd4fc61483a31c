package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.KeyedQueue;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Whether something is in use. Writes that take a record into use and those that delete one run one at a time in this process. Of two
 * controllers at the same moment, one may delete what the other takes into use: a turn then fails and names what is missing.
 */
final class References {
    private static final int MOST_NAMED = 5;

    private final KeyedQueue queue = new KeyedQueue();
    private Catalog<Agent> agents;

    /** Set once, before the first request. */
    void agents(Catalog<Agent> all) {
        agents = all;
    }

    <T> Future<T> alone(Supplier<Future<T>> work) {
        return queue.take("references", work);
    }

    /** Fails with CONFLICT naming agents that are not deleted and match. @param what it is called in the message */
    Future<Void> refuseIfUsed(String what, CatalogRecord record, Condition uses) {
        ListFilter filter = ListFilter.of(uses);
        return agents.find(filter, MOST_NAMED, null).compose(page -> {
            if (page.items().isEmpty()) {
                return Future.succeededFuture();
            }
            String names = page.items().stream()
                    .map(agent -> agent.name() + " (" + agent.id() + ")")
                    .collect(Collectors.joining(", "));
            return agents.count(filter)
                    .compose(all -> Future.failedFuture(Failure.conflict(what + " " + record.name()
                            + " is used by agent " + names
                            + (all > page.items().size()
                                    ? " and " + (all - page.items().size()) + " more"
                                    : "")
                            + "; change them first")));
        });
    }
}
