package io.aiwm.controller.secret;

import io.aiwm.common.Failure;
import io.aiwm.protocol.ContainerSpec.RegistryAuth;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.function.BiConsumer;

/**
 * Passwords of image registries that are stored secrets: {@code registryAuth} names one in {@code secret}, and its value is added
 * to each command when that is sent. It is stored in no other record.
 */
public final class RegistryPasswords {
    /** For a controller without stored secrets. */
    public static final RegistryPasswords WITHOUT_SECRETS = new RegistryPasswords(null);

    private static final String AUTH = "registryAuth";
    private static final String SECRET = "secret";

    private final StoredSecrets secrets;

    public RegistryPasswords(StoredSecrets secrets) {
        this.secrets = secrets;
    }

    /** What can be said without looking a secret up. @param auth null: none. @param wrong told the pointer and why */
    public static void rules(RegistryAuth auth, String pointer, BiConsumer<String, String> wrong) {
        if (auth == null) {
            return;
        }
        boolean password = !blank(auth.password());
        boolean secret = !blank(auth.secret());
        if (password && secret) {
            wrong.accept(pointer + "/" + SECRET, "is given beside a password: give one of the two");
        } else if (blank(auth.username()) || (!password && !secret)) {
            wrong.accept(pointer, "needs username, and password or secret");
        }
    }

    private static boolean blank(String text) {
        return text == null || text.isBlank();
    }

    /** Fails with UNPROCESSABLE naming the field when the secret does not exist or cannot be read. @param auth null: none */
    public Future<Void> check(RegistryAuth auth, String pointer) {
        if (auth == null || auth.secret() == null) {
            return Future.succeededFuture();
        }
        String field = pointer + "/" + SECRET;
        if (secrets == null) {
            return Future.failedFuture(Failure.unprocessable(field, "cannot be had: this controller keeps no secrets"));
        }
        return secrets.value(auth.secret())
                .<Void>mapEmpty()
                .recover(cause -> Future.failedFuture(
                        isPassing(cause) ? cause : Failure.unprocessable(field, cause.getMessage())));
    }

    private static boolean isPassing(Throwable cause) {
        Failure failure = Failure.of(cause);
        return failure.retryable() || failure.kind == Failure.Kind.INTERNAL;
    }

    /**
     * The data of a command with the password in place of the name of the secret; unchanged where it names none. A secret that is
     * gone by now keeps its name, and the worker says so should it have to pull. Fails when it cannot be known now.
     */
    public Future<JsonObject> added(JsonObject data) {
        if (data.getValue("spec") instanceof JsonObject spec && secretOf(spec) != null) {
            return filled(spec).map(filled -> shallow(data).put("spec", filled));
        }
        return secretOf(data) == null ? Future.succeededFuture(data) : filled(data);
    }

    private Future<JsonObject> filled(JsonObject container) {
        JsonObject auth = container.getJsonObject(AUTH);
        return (secrets == null ? Future.<String>succeededFuture() : secrets.value(secretOf(container)))
                .recover(cause -> isPassing(cause) ? Future.failedFuture(cause) : Future.succeededFuture())
                .map(password -> {
                    if (password == null) {
                        return container;
                    }
                    JsonObject known = auth.copy().put("password", password);
                    known.remove(SECRET);
                    return shallow(container).put(AUTH, known);
                });
    }

    private static String secretOf(JsonObject container) {
        return container.getValue(AUTH) instanceof JsonObject auth && auth.getValue(SECRET) instanceof String name
                ? name
                : null;
    }

    /** The record's own data must not change. */
    private static JsonObject shallow(JsonObject data) {
        return new JsonObject(new LinkedHashMap<>(data.getMap()));
    }
}
