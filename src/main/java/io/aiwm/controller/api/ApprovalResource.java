package io.aiwm.controller.api;

import io.aiwm.controller.agent.Approval;
import io.aiwm.controller.agent.Approvals;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Tool calls that wait for somebody's word, over REST. */
public final class ApprovalResource implements Resource {
    private final Approvals approvals;
    private final CallerIdentity callers;

    public ApprovalResource(Approvals approvals, CallerIdentity callers) {
        this.approvals = approvals;
        this.callers = callers;
    }

    @Override
    public String fragment() {
        return "approvals";
    }

    @Override
    public void mount(Api api) {
        api.on("listApprovals", this::list);
        api.on(
                "getApproval",
                request -> shown(callers.seenBy(request).compose(user -> approvals.get(request.id(), user))));
        api.on("approveToolCall", request -> {
            JsonObject changed = request.json().getJsonObject("arguments");
            return decide(request, new Approvals.Decision(true, changed == null ? null : changed.encode(), null));
        });
        api.on(
                "denyToolCall",
                request -> decide(
                        request,
                        new Approvals.Decision(
                                false, null, request.json().getString("reason", "no reason was given"))));
    }

    private Future<Reply> decide(Request request, Approvals.Decision decision) {
        String actor = request.principal().name();
        return shown(callers.seenBy(request).compose(user -> approvals.decide(request.id(), decision, actor, user)));
    }

    private static Future<Reply> shown(Future<Approval> found) {
        return found.map(one -> Reply.ok(ListQuery.view(one)).etag(one.version()));
    }

    private Future<Reply> list(Request request) {
        String conversation = request.query("conversationId");
        var states = request.queryAll("state");
        return callers.seenBy(request)
                .compose(user -> approvals
                        .find(user, conversation, states, request.pageSize(), request.pageToken())
                        .compose(page -> approvals
                                .count(user, conversation, states)
                                .map(total -> Reply.page(
                                        LenientListing.of(page.items(), Approval::id, ListQuery::view),
                                        page.nextCursor(),
                                        total))));
    }
}
