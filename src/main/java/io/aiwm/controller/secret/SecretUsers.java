package io.aiwm.controller.secret;

import io.vertx.core.Future;
import java.util.List;

/** What would miss a stored secret; other rooms answer. */
@FunctionalInterface
public interface SecretUsers {
    /** @param name of the secret */
    Future<List<Use>> of(String name);

    /**
     * @param kind of the record that names the secret, such as execution
     * @param name null: it has none
     */
    record Use(String kind, String id, String name) {
        String words() {
            return kind + " " + (name == null ? id : name + " (" + id + ")");
        }
    }
}
