package io.aiwm.controller.deployment;

import io.aiwm.controller.eventlog.Event;
import io.aiwm.controller.eventlog.EventNote;
import io.aiwm.controller.eventlog.Severity;
import java.util.List;
import java.util.Set;

/** The events that a change adds to a deployment, as notes of that change, for the log of all events. */
final class DeploymentNotes {
    private static final Set<String> FAILED =
            Set.of("replica.failed", "replica.lost", "replica.crash-loop", "rollout.failed");
    private static final Set<String> WORTH_A_LOOK = Set.of(
            "replica.restarting",
            "replica.restarted",
            "replica.degraded",
            "replica.moved",
            "rollout.rolling-back",
            "rollout.rolled-back");

    private DeploymentNotes() {}

    /** @param before null: it is new */
    static List<String> between(Deployment before, Deployment after) {
        long known = before == null ? 0 : before.outbox().last();
        return after.outbox().last() == known
                ? List.of()
                : after.outbox().waiting().stream()
                        .filter(event -> event.seq() > known)
                        .map(event -> note(event, after))
                        .toList();
    }

    private static String note(Event event, Deployment of) {
        String type = event.code().startsWith("rollout.") ? "deployment." + event.code() : event.code();
        return EventNote.of(type, event.createdAt())
                .severity(severity(event.code()))
                .text(event.text())
                .actor(event.actor())
                .node(event.nodeId())
                .name(of.name())
                .reason(event.reasonCode())
                .replica(event.replica())
                .note();
    }

    private static Severity severity(String code) {
        return FAILED.contains(code) ? Severity.ERROR : WORTH_A_LOOK.contains(code) ? Severity.WARNING : Severity.INFO;
    }
}
