package io.aiwm.controller.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.controller.event.Console;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Joins the contract's operations with their handlers, one to one. */
public final class Api {
    private final Contract contract;
    private final Map<String, Function<Request, Future<Reply>>> handlers = new HashMap<>();

    private Api(Contract contract) {
        this.contract = contract;
    }

    /** Mounts every resource. Fails with IllegalStateException naming each operation without handler and vice versa. */
    static PathTree routes(Contract contract, List<Resource> resources) {
        var api = new Api(contract);
        resources.forEach(resource -> resource.mount(api));
        return api.routes();
    }

    /** The OpenAPI document as it is served; not to be changed. */
    public ObjectNode document() {
        return contract.document();
    }

    /**
     * Registers the handler of one operation. It may throw a Failure or return a failed future: both become a problem
     * document. Anything else that is thrown is answered with 500 and logged.
     */
    public void on(String operationId, Function<Request, Future<Reply>> handler) {
        if (handlers.put(operationId, handler) != null) {
            throw new IllegalStateException("operation " + operationId + " has two handlers");
        }
    }

    private PathTree routes() {
        var tree = new PathTree();
        Set<String> silent = new LinkedHashSet<>();
        Set<String> unknown = new LinkedHashSet<>(handlers.keySet());
        for (Operation operation : contract.operations()) {
            unknown.remove(operation.id());
            var handler = handlers.get(operation.id());
            if (handler == null) {
                silent.add(operation.id());
            } else {
                tree.add(operation, Actions.told(Console.ours(), operation, handler));
            }
        }
        if (!silent.isEmpty() || !unknown.isEmpty()) {
            throw new IllegalStateException(
                    "operations without handler: " + silent + "; handlers without operation: " + unknown);
        }
        return tree;
    }
}
