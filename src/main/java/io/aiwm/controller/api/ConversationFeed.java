package io.aiwm.controller.api;

import io.aiwm.controller.agent.Conversations;
import io.aiwm.controller.agent.TurnReading;
import io.aiwm.controller.agent.Turns;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.http.BridgeFeed;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The turns of a conversation, one after the other, at an address of the event bridge: for its user and administrators. */
public final class ConversationFeed implements BridgeFeed {
    private static final String PREFIX = "aiwm.conversation.";
    /** Changes are wanted for so long after somebody begins to read, or looks again. */
    private static final Duration WANTED = Duration.ofSeconds(10);

    final Conversations conversations;
    final Turns turns;
    final TurnReading reading;
    private final CallerIdentity callers;
    private volatile Consumer<Duration> interest = time -> {};
    private final Map<String, Set<ConversationReading>> readings = new ConcurrentHashMap<>();

    public ConversationFeed(Conversations conversations, Turns turns, TurnReading reading, CallerIdentity callers) {
        this.conversations = conversations;
        this.turns = turns;
        this.reading = reading;
        this.callers = callers;
    }

    /** Tells for how long changes of conversations are wanted: {@link #changed} has to hear of them then. */
    public void onInterest(Consumer<Duration> listener) {
        interest = listener;
    }

    @Override
    public String addresses() {
        return "aiwm\\.conversation\\.[A-Za-z0-9_]+";
    }

    @Override
    public Future<Reading> open(Principal caller, String address, String after) {
        String id = address.substring(PREFIX.length());
        // what is read of users is shared by event loops, and goes on at whichever asked first
        Context bridge = Vertx.currentContext();
        return callers.seenBy(caller)
                .compose(user -> conversations.get(id, user).map(found -> {
                    var made = new ConversationReading(this, bridge, new ConversationReading.Of(id, user), after);
                    readings.compute(id, (key, others) -> {
                        Set<ConversationReading> all = others == null ? ConcurrentHashMap.newKeySet() : others;
                        all.add(made);
                        return all;
                    });
                    wanted();
                    return made;
                }));
    }

    void wanted() {
        interest.accept(WANTED);
    }

    void closed(String id, ConversationReading reading) {
        readings.computeIfPresent(id, (key, all) -> {
            all.remove(reading);
            return all.isEmpty() ? null : all;
        });
    }

    /** A conversation was written, by any controller. Any thread may call. */
    public void changed(String id) {
        readings.getOrDefault(id, Set.of()).forEach(ConversationReading::changed);
    }

    /** Conversations were written, and it is not known which. */
    public void missed() {
        readings.values().forEach(all -> all.forEach(ConversationReading::changed));
    }
}
