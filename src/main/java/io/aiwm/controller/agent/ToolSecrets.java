package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.secret.AuthorizationValue;
import io.aiwm.controller.secret.StoredSecrets;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The secrets of tools, read right before each call. */
record ToolSecrets(StoredSecrets secrets) {
    private static final String AUTHORIZATION = "Authorization";

    /** A header with the secret in it. */
    private record Header(String name, String value) {}

    /** Returns the headers of a tool. Fails with UNPROCESSABLE when a secret cannot be sent, with NOT_FOUND. */
    Future<Map<String, String>> headers(Tool tool) {
        var all = new ArrayList<Future<Header>>();
        if (tool.authorization() != null) {
            all.add(header(AUTHORIZATION, tool.authorization().secret()));
        }
        tool.secretHeaders().forEach((name, secret) -> all.add(header(name, secret.secret())));
        return Future.all(List.copyOf(all)).map(read -> {
            var headers = new TreeMap<String, String>();
            all.forEach(one -> headers.put(one.result().name(), one.result().value()));
            return headers;
        });
    }

    private Future<Header> header(String name, String secret) {
        return secrets.value(secret).map(value -> {
            String sent = name.equals(AUTHORIZATION) ? AuthorizationValue.of(value) : AuthorizationValue.plain(value);
            if (sent == null) {
                throw new Failure(Failure.Kind.UNPROCESSABLE, AuthorizationValue.unsendable(secret));
            }
            return new Header(name, sent);
        });
    }
}
