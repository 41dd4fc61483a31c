package io.aiwm.controller.agent;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.aiwm.common.Ids;
import io.aiwm.common.Json;
import io.aiwm.protocol.CommandError;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The streams of the turns that this process carries out, and for a while of those that it has ended. */
final class TurnStreams {
    private static final Duration KEPT = Duration.ofMinutes(1);
    private static final int MOST_KEPT = 500;

    private final Map<String, TurnStream> running = new ConcurrentHashMap<>();
    private final Cache<String, TurnStream> ended =
            Caffeine.newBuilder().expireAfterWrite(KEPT).maximumSize(MOST_KEPT).build();

    TurnStream of(String executionId) {
        TurnStream kept = ended.getIfPresent(executionId);
        return kept == null ? running.computeIfAbsent(executionId, id -> new TurnStream(Ids.next("run"))) : kept;
    }

    /** Null: this process does not carry it out. */
    TurnStream known(String executionId) {
        TurnStream now = running.get(executionId);
        return now == null ? ended.getIfPresent(executionId) : now;
    }

    void message(String executionId, Message message) {
        of(executionId).tell("message", Json.toObject(message));
    }

    /** @param error null: the turn has an answer */
    void done(String executionId, String status, CommandError error) {
        TurnStream stream = running.get(executionId);
        if (stream == null) {
            return; // a turn that ended before this process began: its readers get it from the store
        }
        ended.put(executionId, stream);
        running.remove(executionId);
        stream.tell(TurnStream.DONE, doneData(executionId, status, error));
    }

    /** What the last event of a turn says. */
    static JsonObject doneData(String executionId, String status, CommandError error) {
        var data = new JsonObject().put("executionId", executionId).put("status", status);
        return error == null
                ? data
                : data.put("error", error.message())
                        .put("code", error.category().wire());
    }
}
