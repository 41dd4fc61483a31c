package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.Conversation;
import io.aiwm.controller.agent.TurnReading.Told;
import io.aiwm.controller.agent.TurnReading.Wanted;
import io.aiwm.controller.agent.UserIdentity;
import io.aiwm.controller.http.BridgeFeed;
import io.vertx.core.Context;
import io.vertx.core.json.JsonObject;
import java.util.function.Consumer;

/**
 * Tells one listener the turns of a conversation. It keeps the place of the listener and nothing else: what is not told while the
 * listener takes nothing is read again from the turn. Used on the event loop of the bridge, where nothing else is said.
 */
final class ConversationReading implements BridgeFeed.Reading {
    /** Changes are heard only some time after they are wanted: a turn may begin before. */
    private static final int FIRST_LOOKS = 2;

    private final ConversationFeed feed;
    private final Context context;
    private final String conversationId;
    private final UserIdentity user;
    private Consumer<JsonObject> listener;
    /** The turn that is told; null: none yet. */
    private String executionId;
    /** The id of the last event that the listener has; null: none. */
    private String last;
    /** Whether the listener has all of the turn. */
    private boolean ended;
    /** Ends the reading of the turn; null: it is not read now. */
    private Runnable leave;
    /** Grows when a reading ends: what it has told by then, and was not passed on, is read again. */
    private int reading;

    private boolean looking;
    private boolean lookAgain;
    private int looks;
    private boolean closed;

    /** A conversation. @param user whose it must be; null: an administrator reads */
    record Of(String conversationId, UserIdentity user) {}

    /** @param context of the bridge */
    ConversationReading(ConversationFeed feed, Context context, Of read, String after) {
        this.feed = feed;
        this.context = context;
        this.conversationId = read.conversationId();
        this.user = read.user();
        this.last = after;
    }

    @Override
    public void resume(Consumer<JsonObject> to) {
        if (closed || listener != null) {
            return;
        }
        listener = to;
        check();
    }

    @Override
    public void pause() {
        listener = null;
        stop();
    }

    private void stop() {
        reading++;
        if (leave != null) {
            leave.run();
            leave = null;
        }
    }

    @Override
    public void look() {
        feed.wanted();
        if (++looks <= FIRST_LOOKS || lookAgain) {
            check();
        }
    }

    /** The conversation was written. Any thread may call. */
    void changed() {
        context.runOnContext(go -> check());
    }

    @Override
    public void close() {
        closed = true;
        pause();
        feed.closed(conversationId, this);
    }

    /** Reads the turn that is next, if none is read now. */
    private void check() {
        if (listener == null || leave != null) {
            return;
        }
        if (looking) {
            lookAgain = true;
            return;
        }
        looking = true;
        lookAgain = false;
        feed.conversations
                .get(conversationId, user)
                .compose(found -> feed.turns.newest(found).map(newest -> {
                    context.runOnContext(go -> seen(found, newest));
                    return null;
                }))
                .onFailure(cause -> context.runOnContext(go -> failed(cause)));
    }

    private void seen(Conversation conversation, String newest) {
        looking = false;
        if (listener == null) {
            return;
        }
        boolean more = executionId != null && !ended;
        if (more || (newest != null && !newest.equals(executionId))) {
            if (!more) {
                executionId = newest;
                ended = false;
            }
            read(Wanted.of(conversation, executionId, last));
        } else if (lookAgain) {
            check();
        }
    }

    /** It is gone, or the store is away: then the next look tries again. */
    private void failed(Throwable cause) {
        looking = false;
        if (Failure.of(cause).kind != Failure.Kind.NOT_FOUND) {
            lookAgain = true;
        } else if (listener != null) {
            Consumer<JsonObject> to = listener;
            close();
            to.accept(new JsonObject().put("conversationId", conversationId).put("type", "gone"));
        }
    }

    private void read(Wanted turn) {
        int mine = ++reading;
        try {
            leave = feed.reading.read(
                    turn,
                    event -> context.runOnContext(go -> {
                        if (mine == reading && listener != null) {
                            tell(event);
                        }
                    }));
        } catch (Failure tooMany) {
            lookAgain = true;
        }
    }

    private void tell(Told event) {
        var body = new JsonObject()
                .put("conversationId", conversationId)
                .put("executionId", executionId)
                .put("after", follows(event) ? last : null)
                .put("id", event.id())
                .put("type", event.type())
                .put("data", event.data());
        last = event.id();
        if (event.isLast()) {
            ended = true;
            stop();
        }
        listener.accept(body);
        if (ended) {
            check();
        }
    }

    /** Whether it comes right behind what the listener has: both are of one stream. */
    private boolean follows(Told event) {
        return last != null && streamOf(last).equals(streamOf(event.id()));
    }

    private static String streamOf(String id) {
        return id.substring(0, Math.max(0, id.lastIndexOf('.')));
    }
}
