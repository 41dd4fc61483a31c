package io.aiwm.worker.container;

import io.aiwm.common.Json;
import io.aiwm.protocol.ContainerSpec;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Container specs for tests: a plain one, and the same with one more field. */
public final class Specs {
    private Specs() {}

    /** @param containerPort published on a port the engine chooses; 0: none */
    public static ContainerSpec of(String image, List<String> command, int containerPort) {
        var json = new JsonObject().put("image", image);
        if (!command.isEmpty()) {
            json.put("command", new JsonArray(command));
        }
        if (containerPort > 0) {
            json.put(
                    "ports",
                    new JsonArray()
                            .add(new JsonObject()
                                    .put("containerPort", containerPort)
                                    .put("hostIp", "127.0.0.1")));
        }
        return Json.decode(json, ContainerSpec.class);
    }

    public static ContainerSpec with(ContainerSpec spec, String field, Object value) {
        return Json.decode(Json.toObject(spec).put(field, value), ContainerSpec.class);
    }
}
