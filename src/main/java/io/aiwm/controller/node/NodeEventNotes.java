package io.aiwm.controller.node;

import io.aiwm.controller.eventlog.EventNote;
import io.aiwm.controller.eventlog.Severity;
import io.aiwm.controller.gateway.AbsenceReason;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** What happened to a node in a change, as notes of that change. */
final class NodeEventNotes {
    private final Node before;
    private final Node after;
    private final Instant now;
    private final List<String> notes = new ArrayList<>();

    private NodeEventNotes(Node before, Node after, Instant now) {
        this.before = before;
        this.after = after;
        this.now = now;
    }

    /** @param before null: it is new */
    static List<String> between(NodeRecord before, NodeRecord after, InstantSource clock) {
        return new NodeEventNotes(before == null ? null : before.node(), after.node(), clock.instant()).notes();
    }

    private List<String> notes() {
        if (before == null) {
            add(begun("node.created"));
            return notes;
        }
        worker();
        schedulability();
        gpus();
        boolean set = !Objects.equals(before.name(), after.name())
                || !Objects.equals(before.role(), after.role())
                || !Objects.equals(before.zone(), after.zone())
                || !Objects.equals(before.labels(), after.labels());
        if (set && notes.isEmpty()) {
            add(begun("node.updated"));
        }
        return notes;
    }

    private void worker() {
        boolean registered = !before.isSameRegistration(after);
        boolean wasUp = isThere(before.status());
        if (before.status() != after.status() && after.status() == NodeStatus.OFFLINE) {
            boolean stopped = after.reasonCode() == AbsenceReason.Code.STOPPED;
            add(begun("worker.left")
                    .severity(stopped ? Severity.INFO : Severity.ERROR)
                    .reason(reason())
                    .text(after.statusReason()));
        } else if (registered || (isThere(after.status()) && !wasUp)) {
            add(begun(wasUp ? "worker.updated" : "worker.joined")
                    .text(after.hostname() == null ? null : "on " + after.hostname()));
        } else if (before.status() != after.status() && after.status() == NodeStatus.UNHEALTHY) {
            add(begun("node.unhealthy").warning().reason(reason()).text(after.statusReason()));
        } else if (before.status() == NodeStatus.UNHEALTHY && after.status().isUp()) {
            add(begun("node.healthy"));
        }
    }

    private String reason() {
        return after.reasonCode() == null ? null : after.reasonCode().name();
    }

    private static boolean isThere(NodeStatus status) {
        return switch (status) {
            case IDLE, BUSY, UNHEALTHY -> true;
            case PENDING, OFFLINE -> false;
        };
    }

    private void schedulability() {
        if (!Objects.equals(before.cordoned(), after.cordoned())) {
            add(begun(after.cordoned() ? "node.cordoned" : "node.uncordoned"));
        } else if (after.schedulable() && !before.schedulable() && !before.draining()) {
            // a completed drain kept it closed until now
            add(begun("node.uncordoned"));
        }
        Drain drain = after.drain();
        if (drain == null || drain.equals(before.drain())) {
            return;
        }
        if (drain.underWay() && !before.draining()) {
            add(begun("node.draining").actor(drain.actor()).text(drain.message()));
        } else if (!drain.underWay() && before.draining()) {
            add(begun(drain.outcome() == Drain.Outcome.COMPLETE ? "node.drained" : "node.drain-stopped"));
        }
    }

    private void gpus() {
        Set<Integer> all = new HashSet<>(before.gpuFaults().keySet());
        all.addAll(after.gpuFaults().keySet());
        for (Integer index : all) {
            Node.GpuFault fault = after.gpuFaults().get(index);
            if (fault == null) {
                add(begun("node.gpu-well").text("GPU " + index + " is well again"));
            } else if (before.gpuFaults().get(index) == null) {
                add(begun("node.gpu-fault")
                        .error()
                        .reason(fault.missing() ? "MISSING" : "ERRORS")
                        .text("GPU " + index + ": " + fault.reason()));
            }
        }
        if (!before.gpuMaintenance().keySet().equals(after.gpuMaintenance().keySet())) {
            add(begun("node.gpu-maintenance")
                    .actor(whoTookOneOut())
                    .text("GPUs out of service: "
                            + after.gpuMaintenance().keySet().stream().sorted().toList()));
        }
    }

    /** Null: one was put back, and who did is not in the record. */
    private String whoTookOneOut() {
        return after.gpuMaintenance().entrySet().stream()
                .filter(entry -> !before.gpuMaintenance().containsKey(entry.getKey()))
                .map(entry -> entry.getValue().actor())
                .findFirst()
                .orElse(null);
    }

    private EventNote begun(String type) {
        return EventNote.of(type, now).name(after.name()).node(after.id());
    }

    private void add(EventNote happening) {
        notes.add(happening.note());
    }
}
