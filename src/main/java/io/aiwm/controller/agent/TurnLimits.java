package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * How many turns a user and an agent may have. What runs stands in the store; what this process is about to begin counts too, so that
 * messages that come at the same moment do not all find room. At that moment one may be refused that would just have had room.
 */
final class TurnLimits {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final long RETRY_SECONDS = 5;

    private final AgentServices.UserLimits most;
    private final Conversations conversations;
    private final Messages messages;
    private final InstantSource clock;
    /** How many turns begin now, by whose they are. */
    private final Map<String, Integer> beginning = new ConcurrentHashMap<>();

    TurnLimits(AgentServices.UserLimits most, Conversations conversations, Messages messages, InstantSource clock) {
        this.most = most;
        this.conversations = conversations;
        this.messages = messages;
        this.clock = clock;
    }

    /**
     * Does the work that stores a message and begins its turn, or queues it. Fails with LIMITED and the reason.
     *
     * @param agent null: it is gone, which the turn will say
     */
    <T> Future<T> within(Conversation to, Agent agent, Supplier<Future<T>> work) {
        Future<Void> hour = hour(to.user());
        if (to.turn() != null) {
            return hour.compose(allowed -> work.get()); // it waits for the turn of this conversation
        }
        String user = "user " + to.user();
        String of = "agent " + to.agentId();
        beginning.merge(user, 1, Integer::sum);
        beginning.merge(of, 1, Integer::sum);
        return hour.compose(allowed -> ofUser(to.user(), user))
                .compose(allowed -> ofAgent(agent, of))
                .compose(allowed -> work.get())
                .onComplete(done -> {
                    begun(user);
                    begun(of);
                });
    }

    private void begun(String whose) {
        beginning.computeIfPresent(whose, (key, count) -> count == 1 ? null : count - 1);
    }

    private Future<Void> ofUser(String name, String whose) {
        return conversations
                .count(ConversationFilter.running(UserIdentity.named(name), null))
                .map(running -> room(
                        whose,
                        running,
                        most.turnsAtOnce(),
                        "of yours run, and the setting agents.turnsAtOnce allows "));
    }

    private Future<Void> ofAgent(Agent agent, String whose) {
        return agent == null || agent.limits().turns() == null
                ? Future.succeededFuture()
                : conversations
                        .count(ConversationFilter.running(null, agent.id()))
                        .map(running -> room(
                                whose,
                                running,
                                agent.limits().turns(),
                                "of agent " + agent.name() + " run, and limits.turns allows "));
    }

    private Void room(String whose, long running, int allowed, String why) {
        if (running + beginning.getOrDefault(whose, 1) > allowed) {
            throw Failure.limited(running + " turns " + why + allowed + "; send the message later", RETRY_SECONDS);
        }
        return null;
    }

    private Future<Void> hour(String user) {
        if (most.turnsPerHour() == 0) {
            return Future.succeededFuture();
        }
        Instant from = clock.instant().minus(HOUR);
        return messages.saidSince(user, from).compose(said -> {
            if (said < most.turnsPerHour()) {
                return Future.<Void>succeededFuture();
            }
            return messages.firstSince(user, from)
                    .compose(first -> Future.failedFuture(Failure.limited(
                            "you have sent " + said + " messages within an hour, and the setting agents.turnsPerHour"
                                    + " allows " + most.turnsPerHour(),
                            secondsUntil(first))));
        });
    }

    /** @param first null: it has just left the hour */
    private long secondsUntil(Instant first) {
        return first == null
                ? 1
                : Math.max(
                        1, Duration.between(clock.instant(), first.plus(HOUR)).toSeconds() + 1);
    }
}
