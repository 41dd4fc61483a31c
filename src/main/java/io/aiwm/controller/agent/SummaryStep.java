package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.protocol.CommandResult.Outcome;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A call of the model that summarises what does not fit into the prompt. The summary is stored under an id that the step gives it before
 * the step ends, so that it is made once; later turns go on from it.
 */
final class SummaryStep extends StepRun {
    private volatile ModelCall call;

    SummaryStep(StepTools tools, Execution turn, Step step) {
        super(tools, turn, step);
    }

    @Override
    Future<Void> work() {
        return tools.summaries()
                .find(id())
                .compose(known -> known == null ? made() : Future.succeededFuture(known))
                .compose(this::ended);
    }

    private String id() {
        return Summary.idOf(turn.id(), step.spec().index());
    }

    private Future<Summary> made() {
        return asked().compose(asked -> begun(
                        "summarising with " + asked.agent().model())
                .compose(stored -> said(asked))
                .compose(said -> tools.summaries()
                        .store(SummaryBuilder.builder()
                                .id(id())
                                .version(1)
                                .conversationId(asked.conversation().id())
                                .throughId(TurnSteps.summarised(step))
                                .text(SummaryPrompt.kept(asked.agent(), said.text()))
                                .usage(said.usage())
                                .executionId(turn.id())
                                .createdAt(tools.clock().instant())
                                .build())));
    }

    private Future<ModelCall.Asked> asked() {
        return conversation()
                .compose(conversation -> agent().map(conversation::called)
                        .compose(agent -> body(conversation, agent)
                                .compose(body -> caller(conversation)
                                        .map(caller -> new ModelCall.Asked(conversation, agent, caller, body)))));
    }

    private Future<JsonObject> body(Conversation conversation, Agent agent) {
        return tools.messages()
                .branch(conversation.id(), TurnSteps.summarised(step))
                .compose(branch -> tools.summaries()
                        .of(conversation.id(), branch)
                        .map(earlier -> SummaryPrompt.body(agent, earlier, HistoryPlan.after(branch, earlier))));
    }

    private Future<ModelCall.Said> said(ModelCall.Asked asked) {
        if (cancelled()) {
            return Future.failedFuture(Failure.conflict("cancelled"));
        }
        ModelCall running = ModelCall.begin(tools.models(), asked, piece -> {});
        call = running;
        if (cancelled()) {
            running.cancel().run();
        }
        return running.said();
    }

    private Future<Void> ended(Summary summary) {
        var output = new JsonObject().put("summaryId", summary.id());
        return end(Outcome.success, TurnSteps.withUsage(output, summary.usage()), null, List.of());
    }

    @Override
    void stop() {
        ModelCall running = call;
        if (running != null) {
            running.cancel().run();
        }
    }
}
