package io.aiwm.controller.http;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.Supplier;

/**
 * One thing whose health is asked for.
 *
 * @param critical whether the controller is of no use without it, so that it is not ready
 * @param probe succeeds with details for operators when it is well (an empty object where there is nothing to tell)
 */
public record HealthCheck(String name, boolean critical, Supplier<Future<JsonObject>> probe) {}
