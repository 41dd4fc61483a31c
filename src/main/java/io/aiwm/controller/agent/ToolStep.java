package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.StrictJson;
import io.aiwm.controller.agent.Approval.State;
import io.aiwm.controller.agent.Message.Part;
import io.aiwm.controller.agent.Message.Role;
import io.aiwm.controller.agent.Message.ToolCall;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A call of a tool. The step is RUNNING in the store before the call is made, and its result is stored under an id that the step gives
 * it before the step ends. So whoever finds the step again knows: it has a result; or it was never begun; or it may have been done, and
 * then only an idempotent tool is called again, and of another one somebody is asked.
 */
final class ToolStep extends StepRun {
    private static final Logger LOG = LoggerFactory.getLogger(ToolStep.class);

    /** What the model reads of a call that was begun and has no result: it must not take it for one that was not made. */
    private static final String UNKNOWN = "the call was begun and may have been done; what it answered is not known";

    private volatile RunningCall call;

    ToolStep(StepTools tools, Execution turn, Step step) {
        super(tools, turn, step);
    }

    /** @param offer null: there is none of this name. @param arguments as text */
    private record Asked(Conversation conversation, Offer offer, ToolCall call, String arguments) {
        /** With the arguments that somebody agreed to, also where an earlier controller began the call. */
        Asked with(Approval agreed) {
            String changed = agreed.changedArguments();
            return new Asked(conversation, offer, call, changed == null ? agreed.arguments() : changed);
        }

        Tool tool() {
            return offer == null ? null : offer.tool();
        }

        /** By which the model calls it. */
        String name() {
            return call.name();
        }
    }

    /** What a tool answered, or why it did not. */
    record Result(boolean failed, String text) {}

    @Override
    Future<Void> work() {
        return tools.messages().find(messageId()).compose(known -> known == null ? fresh() : ended(known));
    }

    private Future<Void> fresh() {
        if (!tools.clock().instant().isBefore(turn.deadline())) {
            return Future.succeededFuture(); // the turn is about to be ended; no call begins in it
        }
        return tools.messages()
                .get(data.getString("askedBy"))
                .map(message -> message.toolCalls().get(data.getInteger("at")))
                .compose(wanted -> conversation()
                        .compose(conversation -> offer(conversation, wanted.name())
                                .compose(offer -> tools.approvals()
                                        .last(turn.id(), step.spec().index())
                                        .compose(last -> judged(
                                                new Asked(conversation, offer, wanted, wanted.arguments()), last)))));
    }

    /** @param last null: nobody was ever asked */
    private Future<Void> judged(Asked wanted, Approval last) {
        Asked asked = last == null ? wanted : wanted.with(last);
        State state = last == null ? State.STARTED : last.state();
        boolean mayBeDone = mayBeDone(last);
        if (state == State.DENIED || state == State.EXPIRED) {
            String denied = mayBeDone ? UNKNOWN + "; to repeat it was denied: " : "the call was denied: ";
            return result(asked, new Result(true, denied + last.reason()));
        }
        if (state == State.PENDING && mayBeDone) {
            return Future.succeededFuture(); // what cannot be called now may be callable when somebody has decided
        }
        return mistake(asked).compose(mistake -> {
            if (mistake != null) {
                return result(asked, new Result(true, mayBeDone ? UNKNOWN + "; it cannot be made again now" : mistake));
            }
            return switch (state) {
                case PENDING, DENIED, EXPIRED -> Future.succeededFuture();
                case APPROVED ->
                    begun("calling " + asked.name())
                            .compose(stored -> tools.approvals().started(last))
                            .compose(noted -> call(asked));
                case STARTED -> unasked(asked, last, mayBeDone);
            };
        });
    }

    /** Where the call itself was asked for and its approval is not STARTED, the step began and the call did not. */
    private boolean mayBeDone(Approval last) {
        boolean asks =
                last != null && last.state() != State.STARTED && last.why().equals(Approval.CALL);
        return step.status() == StepState.RUNNING && !asks;
    }

    /** Why it cannot be called; the model is told. Null: it can. */
    private Future<String> mistake(Asked asked) {
        return asked.offer() == null
                ? absent(asked.name())
                : Future.succeededFuture(mistake(asked.offer(), asked.name(), asked.arguments()));
    }

    /** Why there is no tool of this name: one of an earlier call may stand behind a server that does not answer now. */
    private Future<String> absent(String name) {
        return agent().compose(this::known).compose(known -> tools.calls().absent(known, name));
    }

    /** Null: the agent has none of this name for this user. */
    private Future<Offer> offer(Conversation conversation, String name) {
        return agent().compose(agent -> offers(agent, conversation))
                .map(offered -> offered.offers().stream()
                        .filter(offer -> offer.name().equals(name))
                        .findFirst()
                        .orElse(null));
    }

    /** What the model did wrong; it is told. Null: nothing. */
    private static String mistake(Offer offer, String name, String arguments) {
        if (offer.tool().approval() == Tool.Approval.DENY) {
            return "the tool " + name + " may not be called";
        }
        JsonObject json;
        try {
            json = parsed(arguments);
        } catch (Failure unreadable) {
            return "the arguments do not fit: " + unreadable.getMessage();
        }
        List<String> mistakes = offer.mistakes(json);
        return mistakes.isEmpty() ? null : "the arguments do not fit: " + String.join("; ", mistakes);
    }

    /** Fails with INVALID. */
    private static JsonObject parsed(String arguments) {
        return arguments.isBlank() ? new JsonObject() : StrictJson.object(arguments);
    }

    private Future<Void> unasked(Asked asked, Approval last, boolean mayBeDone) {
        int round = last == null ? 1 : last.round() + 1;
        if (mayBeDone && !asked.offer().idempotent()) {
            return ask(asked, Approval.REPEAT, round);
        }
        if (!mayBeDone && asked.tool().approval() == Tool.Approval.ASK) {
            return ask(asked, Approval.CALL, round);
        }
        return begun("calling " + asked.name()).compose(stored -> call(asked));
    }

    private Future<Void> ask(Asked asked, String why, int round) {
        if (asked.conversation().trial() != null) {
            return result(
                    asked,
                    new Result(
                            true,
                            why.equals(Approval.REPEAT)
                                    ? UNKNOWN + ", and in an evaluation nobody is asked whether to repeat it"
                                    : "the call was denied: it needs approval, and in an evaluation nobody is asked"));
        }
        return tools.approvals()
                .ask(
                        ApprovalBuilder.builder()
                                .conversationId(asked.conversation().id())
                                .executionId(turn.id())
                                .stepIndex(step.spec().index())
                                .round(round)
                                .agentId(data.getString("agentId"))
                                .toolId(asked.tool().id())
                                .toolName(asked.name())
                                .user(asked.conversation().user())
                                .userSince(asked.conversation().userSince())
                                .why(why)
                                .arguments(asked.arguments()),
                        asked.tool(),
                        turn.deadline())
                .onSuccess(stored -> tools.streams().of(turn.id()).tell("approval", stored.told()))
                .mapEmpty();
    }

    private Future<Void> call(Asked asked) {
        if (cancelled()) {
            return Future.failedFuture(Failure.conflict("cancelled"));
        }
        LOG.info(
                "agent {} calls tool {} for {} in {}",
                data.getString("agentId"),
                asked.name(),
                asked.conversation().user(),
                asked.conversation().id());
        tools.streams()
                .of(turn.id())
                .tell(
                        "tool",
                        new JsonObject().put("toolCallId", asked.call().id()).put("tool", asked.name()));
        return tools.audit()
                .asked(told(asked))
                .compose(written -> behalf(asked.conversation()))
                .compose(behalf -> called(asked, behalf));
    }

    /** For the audit log. Arguments and results are in the conversation, for those who may read it. */
    private JsonObject told(Asked asked) {
        return new JsonObject()
                .put("actor", asked.conversation().user())
                .put("operation", "callTool")
                .put("agentId", data.getString("agentId"))
                .put("conversationId", asked.conversation().id())
                .put("executionId", turn.id())
                .put("step", step.spec().index())
                .put("tool", asked.name());
    }

    private Future<Void> called(Asked asked, ToolCaller behalf) {
        RunningCall running = tools.calls()
                .begin(
                        asked.offer(),
                        parsed(asked.arguments()),
                        behalf,
                        callId(),
                        new ToolProgress(
                                said -> tools.streams()
                                        .of(turn.id())
                                        .tell(
                                                TurnStream.PROGRESS,
                                                said.put(
                                                                "toolCallId",
                                                                asked.call().id())
                                                        .put("tool", asked.name())),
                                System::nanoTime));
        call = running;
        if (cancelled()) {
            running.cancel().run();
        }
        return running.result()
                .onComplete(done -> {
                    boolean failed = done.failed() || done.result().failed();
                    tools.audit()
                            .ended(told(asked).put("status", failed ? 502 : 200).put("failed", failed));
                })
                .compose(result -> result(asked, result));
    }

    private Future<Void> result(Asked asked, Result result) {
        return tools.messages()
                .store(MessageBuilder.builder()
                        .id(messageId())
                        .version(1)
                        .conversationId(asked.conversation().id())
                        .parentId(data.getString("messageId"))
                        .role(Role.TOOL)
                        .content(List.of(Part.text(result.text())))
                        .toolCallId(asked.call().id())
                        .failed(result.failed() ? true : null)
                        .executionId(turn.id())
                        .createdBy(
                                asked.tool() == null ? "system" : asked.tool().id())
                        .createdAt(tools.clock().instant())
                        .build())
                .compose(stored -> {
                    tools.streams().message(turn.id(), stored);
                    return ended(stored);
                });
    }

    private Future<Void> ended(Message stored) {
        var output = new JsonObject().put("messageId", stored.id());
        return Boolean.TRUE.equals(stored.failed())
                ? end(
                        Outcome.failure,
                        output,
                        new CommandError(ErrorCategory.INVALID, "the call failed; the message says why", false),
                        List.of())
                : end(Outcome.success, output, null, List.of());
    }

    @Override
    void stop() {
        RunningCall running = call;
        if (running != null) {
            running.cancel().run();
        }
    }
}
