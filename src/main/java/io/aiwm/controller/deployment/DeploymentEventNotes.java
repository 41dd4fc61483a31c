package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Desired;
import io.aiwm.controller.eventlog.Event;
import io.aiwm.controller.eventlog.EventBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What happened to a deployment between two of its versions, in words and codes. Pure. */
final class DeploymentEventNotes {
    private final Deployment before;
    private final Deployment after;
    private final Instant now;
    private final List<Event> events = new ArrayList<>();

    private DeploymentEventNotes(Deployment before, Deployment after, Instant now) {
        this.before = before;
        this.after = after;
        this.now = now;
    }

    /** @param before null: it is new */
    static List<Event> between(Deployment before, Deployment after, Instant now) {
        var happened = new DeploymentEventNotes(before, after, now);
        if (before == null) {
            happened.asked(
                    "deployment.created",
                    counted(after.replicas()) + " of " + after.spec().image());
            return happened.events;
        }
        happened.askedFor();
        happened.rolloutBegan();
        happened.replicas();
        happened.rolloutWentOn();
        return happened.events;
    }

    /** The last one of a deployment. */
    static Event deleted(Instant now) {
        return EventBuilder.builder()
                .code("deployment.deleted")
                .text("it is gone, with all its containers")
                .createdAt(now)
                .build();
    }

    private void asked(String code, String text) {
        add(EventBuilder.builder().code(code).text(text).actor(after.actor()).generation(after.generation()));
    }

    private void add(EventBuilder event) {
        events.add(event.createdAt(now).build());
    }

    private static String counted(int replicas) {
        return replicas == 1 ? "1 replica" : replicas + " replicas";
    }

    private void askedFor() {
        Revision newest = after.revision(after.generation());
        if (after.generation() != before.generation() && before.revision(after.generation()) == null) {
            asked(
                    newest.undoes() == null ? "deployment.updated" : "deployment.undone",
                    newest.undoes() == null
                            ? "generation " + newest.generation() + " is asked for"
                            : "generation " + newest.undoes() + " is asked for again, as generation "
                                    + newest.generation());
        }
        scaled();
        if (!Objects.equals(before.name(), after.name())
                || !Objects.equals(before.placement(), after.placement())
                || !Objects.equals(before.update(), after.update())) {
            asked("deployment.changed", "its name, its placement, or how it is updated");
        }
        if (after.isDeleting() && !before.isDeleting()) {
            asked("deployment.deleting", "its containers are removed");
        } else if (after.desired() != before.desired()) {
            boolean runs = after.desired() == Desired.RUNNING;
            asked(runs ? "deployment.started" : "deployment.stopping", runs ? "it is to run" : "it is to be stopped");
        }
    }

    private void scaled() {
        Scaling why = Objects.equals(before.scaling(), after.scaling()) ? null : after.scaling();
        String counts = "from " + before.replicas() + " to " + counted(after.replicas());
        if (after.replicas() == before.replicas()) {
            if (why != null) {
                asked(code(why), why.text());
            }
        } else if (why == null) {
            asked("deployment.scaled", counts);
        } else {
            asked(code(why), counts + ": " + why.text());
        }
    }

    private static String code(Scaling why) {
        return switch (why.code()) {
            case WOKEN -> "deployment.woken";
            case IDLE, IN_VAIN -> "deployment.slept";
            case YIELDING -> "deployment.yielding";
            case MADE_ROOM -> "deployment.made-room";
            case EVICTED -> "deployment.evicted";
            case ELSEWHERE -> "deployment.elsewhere";
            case RESUMED, KEPT -> "deployment.resumed";
            case BELOW_MINIMUM, MORE_CALLS, FEWER_CALLS -> "deployment.scaled";
        };
    }

    private void rolloutBegan() {
        Rollout now = after.rollout();
        if (now != null && isAnother()) {
            rollout("rollout.started", "from generation " + now.from() + " to " + now.to());
        }
    }

    private boolean isAnother() {
        Rollout was = before.rollout();
        return was == null
                || was.to() != after.rollout().to()
                || !Objects.equals(was.startedAt(), after.rollout().startedAt());
    }

    private void rolloutWentOn() {
        Rollout now = after.rollout();
        if (now == null) {
            return;
        }
        Rollout was = isAnother() ? null : before.rollout();
        if (now.isUnderWay() && now.isPaused() != (was != null && was.isPaused())) {
            rollout(
                    now.isPaused() ? "rollout.paused" : "rollout.resumed",
                    now.isPaused() ? "no further replica is touched" : "it goes on");
        }
        if (was == null || was.state() != now.state()) {
            rolloutIs(now, was == null ? Rollout.State.ROLLING : was.state());
        }
    }

    private void rolloutIs(Rollout now, Rollout.State was) {
        String back = "generation " + now.from() + " comes back: " + now.reason();
        switch (now.state()) {
            case ROLLING -> {}
            case ROLLING_BACK -> rollout("rollout.rolling-back", back);
            case DONE -> rollout("rollout.done", "all replicas are of generation " + after.generation());
            case ROLLED_BACK -> {
                if (was != Rollout.State.ROLLING_BACK) { // nothing had to be done to go back
                    rollout("rollout.rolling-back", back);
                }
                rollout("rollout.rolled-back", "all replicas are of generation " + after.generation() + " again");
            }
            case FAILED -> rollout("rollout.failed", now.reason());
        }
    }

    private void rollout(String code, String text) {
        add(EventBuilder.builder()
                .code(code)
                .text(text)
                .reasonCode(
                        after.rollout().reasonCode() == null
                                ? null
                                : after.rollout().reasonCode().name())
                .generation(after.rollout().to()));
    }

    private void replicas() {
        for (Replica replica : after.instances()) {
            Instance was = before.instance(replica.index());
            new ReplicaEventNotes(was == null ? null : was.replica(), replica).tell(this::add);
        }
        before.instances().stream()
                .filter(replica -> after.instance(replica.index()) == null)
                .forEach(replica -> add(EventBuilder.builder()
                        .code("replica.removed")
                        .text("it is gone, with its container")
                        .replica(replica.index())
                        .nodeId(replica.nodeId())));
    }
}
