package io.aiwm.controller.agent;

import io.aiwm.protocol.Address;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What a turn tells, asked of the controller that carries it out.
 *
 * @param after the id of the last event that the asker has; null: none
 */
public record TurnRead(String executionId, String after) {
    /**
     * Asked by verticles of any controller, at the {@code turn.holder} of the conversation: each question says the id of the last event
     * that was answered, so nothing is missed and nobody is sent more than they ask for. Repeating a question repeats the answer. Answered
     * as soon as there is an event, and with none after {@link TurnAnswers#WAIT}. Fails with LIMITED if the turn has too many readers.
     */
    public static final Address<TurnRead, Answer> ADDRESS =
            new Address<>("aiwm.controller.{id}.turn", TurnRead.class, Answer.class);

    /** @param known whether this controller carries the turn out, or has ended it lately; otherwise the store has its messages */
    public record Answer(boolean known, List<Item> items) {}

    /** An event as readers over HTTP get it. */
    public record Item(String id, String type, JsonObject data) {}
}
