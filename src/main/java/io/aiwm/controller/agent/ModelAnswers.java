package io.aiwm.controller.agent;

import io.aiwm.inference.ContextExceeded;
import io.aiwm.inference.GatewayError;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A call of a model that is made again with less where the model says that its prompt does not fit. It says so by a code; no text is
 * read. Where it refuses a prompt without saying why, and by what is known of its context and of the prompt this may be the reason, that
 * is tried too; where it was another one, the refusal is told as it was.
 */
final class ModelAnswers {
    /** Calls with less than the one before. */
    private static final int MOST_AGAIN = 5;
    /** Of these, without the model having said that its prompt is too long. */
    private static final int MOST_GUESSES = 2;
    /** Of a request that is refused as it is. */
    private static final Set<Integer> REFUSALS = Set.of(400, 413, 422);

    private static final Logger LOG = LoggerFactory.getLogger(ModelAnswers.class);

    private final String turn;
    private final Function<PromptRoom, PromptSource.Fitted> prompt;
    private final Function<PromptSource.Fitted, Future<ModelCall.Said>> call;
    private final Supplier<Future<Integer>> context;

    /**
     * @param turn its id
     * @param prompt that fits into a room, so far as it can
     * @param call of the model
     * @param context of the model, which may have to be asked for; 0: not known
     */
    ModelAnswers(
            String turn,
            Function<PromptRoom, PromptSource.Fitted> prompt,
            Function<PromptSource.Fitted, Future<ModelCall.Said>> call,
            Supplier<Future<Integer>> context) {
        this.context = context;
        this.turn = turn;
        this.prompt = prompt;
        this.call = call;
    }

    /** Fails with {@link GatewayError.Refused}, which names the numbers where nothing more can be left out. */
    Future<ModelCall.Said> within(PromptRoom room) {
        return within(room, prompt.apply(room), new Left(MOST_AGAIN, MOST_GUESSES));
    }

    /** How often it may be tried again. */
    private record Left(int again, int guesses) {
        Left after(boolean guessed) {
            return new Left(again - 1, guessed ? guesses - 1 : guesses);
        }
    }

    private Future<ModelCall.Said> within(PromptRoom room, PromptSource.Fitted asked, Left left) {
        return call.apply(asked).recover(cause -> {
            GatewayError error = cause instanceof GatewayError.Refused refused ? refused.error : null;
            if (error != null && error.context() != null) {
                return shorter(error.context(), room, asked, left.after(false))
                        .orElseGet(() -> Future.failedFuture(tooLong(error.context(), asked, left.again() == 0)));
            }
            return error == null || left.guesses() == 0 || !namesNothing(error)
                    ? Future.failedFuture(cause)
                    : context.get().compose(tokens -> guessed(tokens, room, asked, left, cause));
        });
    }

    /** @param tokens of the context; 0: not known */
    private Future<ModelCall.Said> guessed(
            int tokens, PromptRoom room, PromptSource.Fitted asked, Left left, Throwable cause) {
        PromptRoom known = room.context() == 0 && tokens > 0 ? room.within(tokens) : room;
        return (known.mayExceed(asked.estimated())
                        ? shorter(new ContextExceeded(0, 0), known, asked, left.after(true))
                        : Optional.<Future<ModelCall.Said>>empty())
                .orElseGet(() -> Future.failedFuture(cause));
    }

    /** Empty: nothing more can be left out, or it was tried too often. */
    private Optional<Future<ModelCall.Said>> shorter(
            ContextExceeded said, PromptRoom room, PromptSource.Fitted asked, Left left) {
        PromptRoom less = room.refused(said, asked.estimated());
        PromptSource.Fitted next = prompt.apply(less);
        if (left.again() < 0 || next.estimated() >= asked.estimated()) {
            return Optional.empty();
        }
        LOG.info(
                "turn {}: a prompt of {} tokens does not fit into a context of {}; it is made shorter",
                turn,
                number(said.prompt()),
                number(said.context()));
        return Optional.of(within(less, next, left));
    }

    /** Whether it refuses the request and gives no reason but in words. */
    private static boolean namesNothing(GatewayError error) {
        return REFUSALS.contains(error.status()) && GatewayError.INVALID.equals(error.code()) && error.param() == null;
    }

    private static GatewayError.Refused tooLong(ContextExceeded said, PromptSource.Fitted asked, boolean more) {
        String prompt = said.prompt() == 0 ? "some " + asked.estimated() : String.valueOf(said.prompt());
        String words = "the prompt does not fit into the model's context: "
                + (more ? "after " + MOST_AGAIN + " cuts" : "with the system prompt and the newest message alone")
                + " it has " + prompt + " tokens, and the context has " + number(said.context());
        return GatewayError.of(400, ContextExceeded.CODE, words).because(said).refused();
    }

    private static String number(long said) {
        return said == 0 ? "an unknown number" : String.valueOf(said);
    }
}
