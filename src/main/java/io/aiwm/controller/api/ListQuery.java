package io.aiwm.controller.api;

import io.aiwm.common.Json;
import io.aiwm.controller.agent.ListFilter;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** What lists of the records of agents are asked for, and how the records are shown. */
final class ListQuery {
    /** Stored to be asked for. */
    private static final List<String> INNER =
            List.of("phase", "searchText", "activity", "liveName", "userSince", "secretNames");

    private ListQuery() {}

    static ListFilter of(Request request) {
        return new ListFilter(
                request.query("isActive") == null ? null : request.flag("isActive"),
                request.queryAll("tag"),
                request.query("text"),
                request.flag("deleted"),
                List.of());
    }

    static JsonObject view(Object record) {
        JsonObject json = Json.toObject(record);
        INNER.forEach(json::remove);
        json.getMap().values().removeIf(java.util.Objects::isNull);
        return json;
    }

    static Reply counts(String group, long total, Map<String, Long> counts) {
        return Reply.ok(new JsonObject()
                .put("groupBy", group)
                .put("total", total)
                .put("counts", new JsonObject(Map.copyOf(counts))));
    }
}
