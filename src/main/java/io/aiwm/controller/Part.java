package io.aiwm.controller;

import io.aiwm.controller.http.HealthCheck;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.vertx.core.Deployable;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What one room brings to a controller: the collections it stores, its routes, what it does again and again, what it is
 * asked when somebody asks for health, its verticles. A part is built from the parts before it.
 * */
interface Part {
    default List<Collection> collections() {
        return List.of();
    }

    default List<Resource> resources() {
        return List.of();
    }

    default List<Sweep> sweeps() {
        return List.of();
    }

    default List<HealthCheck> checks() {
        return List.of();
    }

    default Map<String, Supplier<Deployable>> verticles() {
        return Map.of();
    }
}
