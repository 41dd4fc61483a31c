package io.aiwm.controller.agent;

import io.aiwm.inference.ContextExceeded;
import io.aiwm.inference.GatewayError;
import io.vertx.core.Future;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A call of a model that is made again with less where the model says that its prompt does not fit. It says so by a code; no text is
 * read.
 */
final class ModelAnswers {
    /** Calls with less than the one before. */
    private static final int MOST_AGAIN = 5;

    private static final Logger LOG = LoggerFactory.getLogger(ModelAnswers.class);

    private final String turn;
    private final Function<PromptRoom, PromptSource.Fitted> prompt;
    private final Function<PromptSource.Fitted, Future<ModelCall.Said>> call;

    /**
     * @param turn its id
     * @param prompt that fits into a room, so far as it can
     * @param call of the model
     */
    ModelAnswers(
            String turn,
            Function<PromptRoom, PromptSource.Fitted> prompt,
            Function<PromptSource.Fitted, Future<ModelCall.Said>> call) {
        this.turn = turn;
        this.prompt = prompt;
        this.call = call;
    }

    /** Fails with {@link GatewayError.Refused}, which names the numbers where nothing more can be left out. */
    Future<ModelCall.Said> within(PromptRoom room) {
        return within(room, prompt.apply(room), MOST_AGAIN);
    }

    private Future<ModelCall.Said> within(PromptRoom room, PromptSource.Fitted asked, int left) {
        return call.apply(asked).recover(cause -> {
            ContextExceeded said = cause instanceof GatewayError.Refused refused ? refused.error.context() : null;
            if (said == null) {
                return Future.failedFuture(cause);
            }
            PromptRoom less = room.refused(said, asked.estimated());
            PromptSource.Fitted next = prompt.apply(less);
            if (left == 0 || next.estimated() >= asked.estimated()) {
                return Future.failedFuture(tooLong(said, asked, left == 0));
            }
            LOG.info(
                    "turn {}: a prompt of {} tokens does not fit into a context of {}; it is made shorter",
                    turn,
                    number(said.prompt()),
                    number(said.context()));
            return within(less, next, left - 1);
        });
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
