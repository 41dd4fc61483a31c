package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.inference.Caller;
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

    /** What a call is made of. */
    private record Ready(
            Conversation conversation,
            Agent agent,
            Caller caller,
            Summary earlier,
            List<Message> summarised,
            PromptRoom room,
            TokenBudget budget) {
        PromptSource.Fitted prompt(PromptRoom within) {
            return budget.bounded(SummaryPrompt.body(agent, earlier, summarised, within), within);
        }
    }

    private Future<Summary> made() {
        return ready().compose(ready -> begun(
                        "summarising with " + ready.agent().model())
                .compose(stored -> new ModelAnswers(
                                turn.id(),
                                ready::prompt,
                                fitted -> said(ready, fitted),
                                () -> tools.contexts().asked(ready.agent().model()))
                        .within(ready.room()))
                .compose(said -> tools.summaries()
                        .store(SummaryBuilder.builder()
                                .id(id())
                                .version(1)
                                .conversationId(ready.conversation().id())
                                .throughId(TurnSteps.summarised(step))
                                .text(SummaryPrompt.kept(ready.room(), said.text()))
                                .usage(said.usage())
                                .executionId(turn.id())
                                .createdAt(tools.clock().instant())
                                .build())));
    }

    private Future<Ready> ready() {
        return conversation()
                .compose(conversation -> agent().map(conversation::called)
                        .compose(agent -> caller(conversation).compose(caller -> ready(conversation, agent, caller))));
    }

    private Future<Ready> ready(Conversation conversation, Agent agent, Caller caller) {
        return tools.messages()
                .branch(conversation.id(), TurnSteps.summarised(step))
                .compose(branch -> tools.summaries()
                        .of(conversation.id(), branch)
                        .map(earlier -> new Ready(
                                conversation,
                                agent,
                                caller,
                                earlier,
                                HistoryPlan.after(branch, earlier),
                                room(agent, branch),
                                budget(agent))));
    }

    private Future<ModelCall.Said> said(Ready ready, PromptSource.Fitted fitted) {
        var asked = new ModelCall.Asked(ready.conversation(), ready.caller(), fitted);
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
