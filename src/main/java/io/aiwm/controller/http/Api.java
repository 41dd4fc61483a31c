package io.aiwm.controller.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.controller.event.ConsoleLog;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** Joins the contract's operations with their handlers, one to one. */
public final class Api {
    private final Contract contract;
    private final Map<String, Function<Request, Future<Reply>>> handlers;
    /** What changes are answered after; null: nothing. */
    private final Supplier<Future<Void>> following;

    private Api(
            Contract contract,
            Map<String, Function<Request, Future<Reply>>> handlers,
            Supplier<Future<Void>> following) {
        this.contract = contract;
        this.handlers = handlers;
        this.following = following;
    }

    /** Mounts every resource. Fails with IllegalStateException naming each operation without handler and vice versa. */
    static PathTree routes(Contract contract, List<Resource> resources, AuditTrail audit) {
        var api = new Api(contract, new HashMap<>(), null);
        resources.forEach(resource -> resource.mount(api));
        return api.routes(audit);
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
        var whole = following == null || reads(operationId)
                ? handler
                : (Function<Request, Future<Reply>>) request -> handler.apply(request)
                        .compose(reply -> following.get().transform(done -> Future.succeededFuture(reply)));
        if (handlers.put(operationId, whole) != null) {
            throw new IllegalStateException("operation " + operationId + " has two handlers");
        }
    }

    /** The same, for a resource whose changes are answered when this has ended too, however it ends. */
    Api followed(Supplier<Future<Void>> by) {
        return new Api(contract, handlers, by);
    }

    private boolean reads(String operationId) {
        return contract.operations().stream()
                .anyMatch(each -> each.id().equals(operationId) && each.method().equals(HttpMethod.GET));
    }

    private PathTree routes(AuditTrail audit) {
        var tree = new PathTree();
        Set<String> silent = new LinkedHashSet<>();
        Set<String> unknown = new LinkedHashSet<>(handlers.keySet());
        for (Operation operation : contract.operations()) {
            unknown.remove(operation.id());
            var handler = handlers.get(operation.id());
            if (handler == null) {
                silent.add(operation.id());
            } else {
                var audited = Audited.handler(audit, operation, handler, reader(operation));
                tree.add(operation, ConsoleActions.told(ConsoleLog.ours(), operation, audited));
            }
        }
        if (!silent.isEmpty() || !unknown.isEmpty()) {
            throw new IllegalStateException(
                    "operations without handler: " + silent + "; handlers without operation: " + unknown);
        }
        return tree;
    }

    /** What reads the record that an operation changes, or makes; null: nothing does. */
    private Audited.Reader reader(Operation changing) {
        String path = changing.path();
        var exact = reading(path);
        if (exact != null && path.endsWith("}")) {
            return new Audited.Reader(exact, null);
        }
        for (Operation each : contract.operations()) { // a collection: what is made there is read below it
            int slash = each.path().lastIndexOf("/{");
            if (slash > 0
                    && each.path().endsWith("}")
                    && each.path().substring(0, slash).equals(path)) {
                var below = reading(each.path());
                return below == null || each.pathParameters().size() > 1
                        ? null
                        : new Audited.Reader(
                                below,
                                each.path().substring(slash + 2, each.path().length() - 1));
            }
        }
        // an action, or a part of a record
        String parent = path.substring(0, path.lastIndexOf('/'));
        var above = parent.endsWith("}") ? reading(parent) : null;
        return above == null ? null : new Audited.Reader(above, null);
    }

    /** The handler that reads this path; null: none does at once. */
    private Function<Request, Future<Reply>> reading(String path) {
        return contract.operations().stream()
                .filter(each ->
                        each.method().equals(HttpMethod.GET) && each.path().equals(path) && !each.streams())
                .map(each -> handlers.get(each.id()))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }
}
