package io.aiwm.controller.http;

import io.vertx.core.Future;
import java.util.List;

/** Any fragment of the contract with every operation saying yes: for what happens before a handler. */
final class EchoResource implements Resource {
    private final String fragment;

    EchoResource(String fragment) {
        this.fragment = fragment;
    }

    @Override
    public String fragment() {
        return fragment;
    }

    @Override
    public void mount(Api api) {
        for (Operation operation : Contract.load(List.of(fragment)).operations()) {
            api.on(operation.id(), request -> Future.succeededFuture(Reply.of(200, "{}")));
        }
    }
}
