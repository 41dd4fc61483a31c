package io.aiwm.controller.mcp;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * One POST.
 *
 * @param headers the value of a header; null: none
 * @param tags of the operations that are wanted as tools; none: of all
 * @param readOnly whether only operations that change nothing are wanted
 * @param onGone takes what is to be done when the client leaves before its answer
 */
public record McpRequest(
        Vertx vertx,
        McpCaller caller,
        Buffer body,
        UnaryOperator<String> headers,
        Set<String> tags,
        boolean readOnly,
        Consumer<Runnable> onGone) {}
