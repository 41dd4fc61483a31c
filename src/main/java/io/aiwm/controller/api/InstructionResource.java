package io.aiwm.controller.api;

import io.aiwm.common.Ids;
import io.aiwm.controller.agent.Instruction;
import io.aiwm.controller.agent.InstructionDiff;
import io.aiwm.controller.agent.InstructionRequest;
import io.aiwm.controller.agent.InstructionVersion;
import io.aiwm.controller.agent.Instructions;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Instructions and their versions over REST. */
public final class InstructionResource implements Resource {
    private final Instructions instructions;
    private final IdempotencyKeys keys;

    public InstructionResource(Instructions instructions, IdempotencyKeys keys) {
        this.instructions = instructions;
        this.keys = keys;
    }

    @Override
    public String fragment() {
        return "instructions";
    }

    @Override
    public void mount(Api api) {
        api.on("createInstruction", this::create);
        api.on("listInstructions", this::list);
        api.on(
                "countInstructions",
                request -> instructions
                        .count(ListQuery.of(request))
                        .compose(total -> instructions
                                .countBy("activity", ListQuery.of(request))
                                .map(counts -> ListQuery.counts("activity", total, counts))));
        api.on("getInstruction", request -> shown(instructions.get(request.id())));
        api.on(
                "replaceInstruction",
                request -> shown(instructions.replace(
                        request.id(),
                        request.body(InstructionRequest.class),
                        request.principal().name(),
                        request.ifMatch())));
        api.on(
                "deleteInstruction",
                request -> instructions.delete(request.id(), request.ifMatch()).map(gone -> Reply.noContent()));
        api.on("restoreInstruction", request -> shown(instructions.restore(request.id(), request.ifMatch())));
        api.on("listInstructionVersions", this::versions);
        api.on(
                "getInstructionVersion",
                request -> instructions
                        .get(request.id())
                        .compose(found -> instructions.version(found, Integer.parseInt(request.path("number"))))
                        .map(version -> Reply.ok(view(version))));
        api.on("diffInstructionVersions", this::diff);
    }

    private Future<Reply> create(Request request) {
        var wanted = request.body(InstructionRequest.class);
        return keys.once(
                        request,
                        "createInstruction",
                        Ids.next(Instruction.PREFIX),
                        instructions::get,
                        id -> instructions.create(
                                id, wanted, request.principal().name()))
                .map(made -> Reply.created("/api/instructions/" + made.id(), ListQuery.view(made))
                        .etag(made.version()));
    }

    private Future<Reply> list(Request request) {
        return instructions
                .find(ListQuery.of(request), request.pageSize(), request.pageToken())
                .compose(page -> instructions
                        .count(ListQuery.of(request))
                        .map(total -> Reply.page(
                                LenientListing.of(page.items(), Instruction::id, ListQuery::view),
                                page.nextCursor(),
                                total)));
    }

    private static Future<Reply> shown(Future<Instruction> found) {
        return found.map(one -> Reply.ok(ListQuery.view(one)).etag(one.version()));
    }

    private Future<Reply> versions(Request request) {
        return instructions
                .get(request.id())
                .compose(found -> instructions
                        .versions(found, request.pageSize(), request.pageToken())
                        .map(page -> Reply.page(
                                LenientListing.of(page.items(), InstructionVersion::id, InstructionResource::view),
                                page.nextCursor(),
                                (long) found.number())));
    }

    private static JsonObject view(InstructionVersion version) {
        JsonObject json = ListQuery.view(version.content());
        return json.put("instructionId", version.instructionId())
                .put("number", version.number())
                .put("createdBy", version.createdBy())
                .put("createdAt", version.createdAt().toString());
    }

    private Future<Reply> diff(Request request) {
        int from = (int) request.number("from", 1);
        int to = (int) request.number("to", 0);
        return instructions
                .get(request.id())
                .compose(found -> Future.all(instructions.version(found, from), instructions.version(found, to))
                        .map(both -> Reply.ok(InstructionDiff.of(both.resultAt(0), both.resultAt(1)))));
    }
}
