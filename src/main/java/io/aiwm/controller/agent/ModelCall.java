package io.aiwm.controller.agent;

import io.aiwm.controller.agent.Message.ToolCall;
import io.aiwm.controller.agent.Message.Usage;
import io.aiwm.inference.Caller;
import io.aiwm.inference.ContextExceeded;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.InferenceOperation;
import io.aiwm.inference.call.InternalCalls;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;

/**
 * A call of a model under way, in the name of a user.
 *
 * @param said fails with {@link GatewayError.Refused}, also when the answer is of no use
 * @param cancel ends the call if it has not ended
 */
record ModelCall(Future<Said> said, Runnable cancel) {
    private static final int MOST_ANSWER_BYTES = 4 << 20;
    private static final int MOST_ANSWER_CHARS = 1 << 20;

    /** What the model said. @param cut whether it may say no more. @param usage null: nobody counted it */
    record Said(String text, List<ToolCall> calls, boolean cut, Usage usage, long millis) {}

    /** What a call is made of. */
    record Asked(Conversation conversation, Caller caller, PromptSource.Fitted prompt) {}

    /** @param heard gets each piece of text */
    static ModelCall begin(InternalCalls models, Asked asked, Consumer<String> heard) {
        long began = System.nanoTime();
        var pieces = new AnswerPieces(heard, asked.prompt().most());
        var running = models.begin(new InternalCalls.Wanted(
                asked.caller(),
                InferenceOperation.CHAT,
                asked.prompt().body().toBuffer(),
                asked.conversation().id(),
                pieces::add,
                MOST_ANSWER_BYTES));
        return new ModelCall(
                running.answer()
                        .map(answer -> said(answer, pieces, asked.prompt().estimated(), began)),
                running.cancel());
    }

    private static Said said(InternalCalls.Answer answer, AnswerPieces pieces, int estimated, long began) {
        if (answer.body().length() > 0) {
            pieces.add(answer.body());
        }
        if (pieces.text().length() > MOST_ANSWER_CHARS) {
            throw GatewayError.of(
                            502,
                            InternalCalls.TOO_LONG,
                            "the answer has more than " + MOST_ANSWER_CHARS + " characters")
                    .refused();
        }
        String mistake = pieces.mistake();
        if (mistake != null) {
            throw pieces.exceeded() == null
                    ? GatewayError.of(502, "model_malformed", mistake).refused()
                    : GatewayError.of(400, ContextExceeded.CODE, mistake)
                            .because(pieces.exceeded())
                            .refused();
        }
        Usage usage = answer.used() == null
                ? null
                : new Usage(answer.used().prompt(), answer.used().completion(), answer.counted() ? estimated : null);
        return new Said(pieces.text(), pieces.calls(), pieces.isCut(), usage, (System.nanoTime() - began) / 1_000_000);
    }
}
