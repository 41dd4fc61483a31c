package io.aiwm.controller.api;

import io.aiwm.common.AuditChain;
import io.aiwm.common.Failure;
import io.aiwm.controller.audit.AuditFilter;
import io.aiwm.controller.audit.AuditLog;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;

/** Who changed what, for administrators. */
public final class AuditResource implements Resource {
    /** Blocks that one page looks through; a filter that takes little gives a page with few items. */
    private static final int MOST_BLOCKS = 500;

    private final AuditLog log;

    public AuditResource(AuditLog log) {
        this.log = log;
    }

    @Override
    public String fragment() {
        return "audit";
    }

    @Override
    public void mount(Api api) {
        api.on("listAudit", this::list);
    }

    private Future<Reply> list(Request request) {
        long after = request.number("after", -1);
        if (after >= 0) {
            return log.after(after).map(entries -> reply(entries, null));
        }
        var filter = new AuditFilter(
                request.queryAll("actor"),
                request.queryAll("operation"),
                request.query("resource"),
                request.query("requestId"),
                request.query("conversationId"),
                time(request, "from"),
                time(request, "to"));
        return log.before(before(request.pageToken()), filter, request.pageSize(), MOST_BLOCKS)
                .map(page -> reply(page.entries(), page.end() ? null : Long.toString(page.next())));
    }

    private static Instant time(Request request, String name) {
        String text = request.query(name);
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeException wrong) {
            throw Failure.invalid("query:" + name, "is a time such as 2026-11-27T10:00:00Z");
        }
    }

    private static long before(String token) {
        try {
            return token == null ? Long.MAX_VALUE : Long.parseLong(token);
        } catch (NumberFormatException notOurs) {
            throw Failure.invalid("query:pageToken", "is not one of this list");
        }
    }

    /** Entries are shown as they were hashed: every field in its place. */
    private static Reply reply(List<JsonObject> entries, String next) {
        var page = new JsonObject().put("items", new JsonArray(List.copyOf(entries)));
        if (next != null) {
            page.put("nextPageToken", next);
        }
        if (!entries.isEmpty()) {
            page.put("lastSeq", entries.get(entries.size() - 1).getLong(AuditChain.SEQ));
        }
        return Reply.of(200, page.encode());
    }
}
