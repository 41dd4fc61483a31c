package io.aiwm.controller.http;

import io.aiwm.controller.event.ConsoleLog;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.Set;
import java.util.function.Function;

/** Tells the console what callers have changed: every operation but those that only read, when it has succeeded. */
final class ConsoleActions {
    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);
    /** Signing in tells of itself; the page asks for a ticket whenever it connects; a plan changes nothing; a call
     * of a tool is told of as the operation that it calls. */
    private static final Set<String> UNTOLD = Set.of("login", "createTicket", "planJob", "planSchedule", "callMcp");

    private ConsoleActions() {}

    /** The same handler, telling what it did. */
    static Function<Request, Future<Reply>> told(
            ConsoleLog console, Operation operation, Function<Request, Future<Reply>> handler) {
        return READING.contains(operation.method()) || UNTOLD.contains(operation.id())
                ? handler
                : request -> handler.apply(request).onSuccess(reply -> {
                    String made = reply.location();
                    console.tell(
                            "{}: {} {} -> {}{}",
                            request.principal() == null
                                    ? "somebody"
                                    : request.principal().name(),
                            operation.id(),
                            path(operation, request),
                            reply.status,
                            made == null ? "" : " " + made);
                });
    }

    static String path(Operation operation, Request request) {
        String path = operation.path();
        for (Operation.Parameter parameter : operation.pathParameters()) {
            path = path.replace("{" + parameter.name() + "}", request.path(parameter.name()));
        }
        return path;
    }
}
