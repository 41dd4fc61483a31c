package io.aiwm.controller.notification;

import io.aiwm.common.Ids;
import io.aiwm.controller.eventlog.Severity;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;

/** Tells a target something that did not happen, so that one sees whether it is reached. */
public final class TargetProbe {
    private static final String TYPE = "notification.test";

    private final Senders senders;
    private final InstantSource clock;

    public TargetProbe(Senders senders, InstantSource clock) {
        this.senders = senders;
        this.clock = clock;
    }

    /** Fails with UNPROCESSABLE that says why it did not arrive. */
    public Future<Void> send(Target target) {
        String at = clock.instant().toString();
        String id = Ids.next("test");
        var event = new JsonObject()
                .put("id", id)
                .put("revision", 0)
                .put("type", TYPE)
                .put("kind", "notification")
                .put("at", at)
                .put("severity", Severity.INFO.word())
                .put("text", "this target is reached");
        return senders.test(target, Notice.of(event));
    }
}
