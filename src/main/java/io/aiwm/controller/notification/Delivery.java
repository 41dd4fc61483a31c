package io.aiwm.controller.notification;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * A notice on its way to one target, as stored in collection {@code notificationDeliveries}; deleted when it has arrived. Written by
 * {@link Deliveries} only.
 *
 * @param id of the target and the notice: made twice it is there once
 * @param revision of the notice, which orders
 * @param attempts that failed
 * @param dueAt not before this
 * @param error of the last attempt; null: none failed
 */
@RecordBuilder
public record Delivery(
        String id,
        long version,
        String target,
        State state,
        long revision,
        int attempts,
        Instant dueAt,
        String error,
        Notice notice,
        Instant createdAt) {

    /** Where it stands. */
    public enum State {
        @JsonProperty("waiting")
        WAITING,
        /** Given up; an operator can have it sent again. */
        @JsonProperty("dead")
        DEAD
    }

    static Delivery of(Target target, Notice notice, Instant now, Instant dueAt) {
        return DeliveryBuilder.builder()
                .id(target.id() + "/" + notice.id())
                .version(1)
                .target(target.id())
                .state(State.WAITING)
                .revision(notice.revision())
                .dueAt(dueAt)
                .notice(notice)
                .createdAt(now)
                .build();
    }

    /** @param dead whether it is given up */
    Delivery failed(String why, boolean dead, Instant next) {
        return DeliveryBuilder.builder(this)
                .version(version + 1)
                .state(dead ? State.DEAD : State.WAITING)
                .attempts(attempts + 1)
                .dueAt(next)
                .error(why)
                .build();
    }

    /** It was not tried by itself, and waits for what this says. */
    Delivery waiting(String why) {
        return DeliveryBuilder.builder(this).version(version + 1).error(why).build();
    }

    Delivery again(Instant now) {
        return DeliveryBuilder.builder(this)
                .version(version + 1)
                .state(State.WAITING)
                .attempts(0)
                .dueAt(now)
                .build();
    }
}
