package io.aiwm.inference.call;

import io.aiwm.inference.Caller;
import io.aiwm.inference.InferenceOperation;
import io.aiwm.inference.body.TokenUsage;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/**
 * Calls that this process makes itself, in the name of a caller: with the same limits, balancing and usage as calls that come in, and
 * without a connection to itself. They share one event loop. Safe to use from any thread.
 */
public final class InternalCalls {
    /** Code of an answer that has more than {@link Wanted#mostBytes}. */
    public static final String TOO_LONG = "answer_too_long";

    private final Vertx vertx;
    private final GatewayState shared;
    private final Context context;
    /** Made on the event loop at the first call, and used on it alone. */
    private CallLoop loop;

    public InternalCalls(Vertx vertx, GatewayState shared) {
        this.vertx = vertx;
        this.shared = shared;
        this.context = vertx.getOrCreateContext();
    }

    /**
     * A call to be made.
     *
     * @param body as a caller would send it; of an operation that upstreams serve themselves
     * @param session calls with the same one go to the same replica while that is possible; null: none
     * @param data gets the data of each event of a stream, on the event loop; not asked of other answers
     * @param mostBytes of the answer
     */
    public record Wanted(
            Caller caller,
            InferenceOperation operation,
            Buffer body,
            String session,
            Consumer<Buffer> data,
            int mostBytes) {}

    /**
     * An answer.
     *
     * @param body empty if it was a stream
     * @param used where the engine does not say, an estimate
     * @param counted whether the engine said how many tokens the prompt has
     */
    public record Answer(Buffer body, TokenUsage used, boolean counted) {}

    /** @param answer fails with {@link io.aiwm.inference.GatewayError.Refused}. @param cancel ends the call if it has not ended */
    public record Running(Future<Answer> answer, Runnable cancel) {}

    /**
     * Asks the servers behind the name of a model how many tokens its context has, prompt and answer together. 0: none says it, as
     * vLLM does. Never fails.
     */
    public Future<Integer> contextOf(String model) {
        Promise<Integer> promise = Promise.promise();
        context.runOnContext(go -> ServedContexts.of(loop(), model).otherwise(0).onSuccess(promise::complete));
        return promise.future();
    }

    private CallLoop loop() {
        if (loop == null) {
            loop = new CallLoop(vertx, shared);
        }
        return loop;
    }

    public Running begin(Wanted wanted) {
        Promise<Answer> promise = Promise.promise();
        InternalCall[] made = new InternalCall[1];
        context.runOnContext(go -> {
            made[0] = new InternalCall(loop(), wanted, promise);
            made[0].begin();
        });
        return new Running(promise.future(), () -> context.runOnContext(go -> made[0].cancel()));
    }
}
