package io.aiwm.worker.command;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.function.BiConsumer;

/**
 * One command as the runner hands it to its handler.
 *
 * @param id {@code <executionId>.<stepIndex>.<attempt>}
 * @param deadline when the controller stops waiting for it
 * @param progress tell it percent (0 to 100) and a few words; the runner thins it to one a second
 * @param cancelled completes when the command is cancelled; a handler that can stop early listens to it
 */
public record Command(
        String id,
        String name,
        JsonObject data,
        Instant deadline,
        BiConsumer<Integer, String> progress,
        Future<Void> cancelled) {}
