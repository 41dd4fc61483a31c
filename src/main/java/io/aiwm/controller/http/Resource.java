package io.aiwm.controller.http;

/**
 * One group of routes. To add one: describe its paths in {@code resources/openapi/<name>.yaml} (each operation with
 * {@code operationId}, {@code tags}, {@code summary}, {@code x-aiwm-role}), write a class that registers a handler for
 * each operationId in {@link #mount}, and list the class in ApiPart or in the part of its room. The start fails when an operation has no
 * handler or a handler no operation.
 *
 * <p>By the time a handler runs, the caller is known and allowed, and parameters and body fit the contract: unknown
 * fields, wrong types and values out of bounds have been answered with 400. 401, 403, 404, 413 and the like need not be
 * written into the YAML; the contract adds them.
 */
public interface Resource {

    /** The file under {@code resources/openapi} that describes these routes, without {@code .yaml}. */
    String fragment();

    void mount(Api api);
}
