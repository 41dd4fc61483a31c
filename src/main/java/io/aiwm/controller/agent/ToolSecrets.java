package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.secret.AuthorizationValue;
import io.aiwm.controller.secret.StoredSecrets;
import io.vertx.core.Future;

/** The secrets of tools, read right before each call. */
record ToolSecrets(StoredSecrets secrets) {

    /** Returns the header of a tool; null: it has none. Fails with UNPROCESSABLE when the secret cannot be sent, with NOT_FOUND. */
    Future<String> header(Tool tool) {
        if (tool.authorization() == null) {
            return Future.succeededFuture(null);
        }
        String name = tool.authorization().secret();
        return secrets.value(name).map(value -> {
            String header = AuthorizationValue.of(value);
            if (header == null) {
                throw new Failure(Failure.Kind.UNPROCESSABLE, AuthorizationValue.unsendable(name));
            }
            return header;
        });
    }
}
