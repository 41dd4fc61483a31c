package io.aiwm.controller.http;

import io.vertx.core.http.HttpServerRequest;

/** How a mount writes an error: each protocol served here has a form that its clients read. */
@FunctionalInterface
public interface ErrorForm {
    /** RFC 9457 problem documents, as the API answers. */
    ErrorForm PROBLEM = (request, cause) -> Problem.answer(request, Headers.requestId(request), cause);

    /** Answers the request with this cause. Does nothing when it has an answer already. Call it on the request's event loop. */
    void answer(HttpServerRequest request, Throwable cause);
}
