package io.aiwm.controller.model;

import io.vertx.core.Future;
import java.util.List;

/** Who would miss a model; other rooms answer. */
@FunctionalInterface
public interface ModelUsers {
    ModelUsers NOBODY = (model, number) -> Future.succeededFuture(List.of());

    /** @param number of the version that is asked about; null: any */
    Future<List<Use>> of(Model model, Integer number);

    /**
     * @param kind of the record that names the model, such as deployment
     * @param name null: it has none
     */
    record Use(String kind, String id, String name) {
        String words() {
            return kind + " " + (name == null ? id : name + " (" + id + ")");
        }
    }
}
