package io.aiwm.controller.node;

import io.aiwm.controller.gateway.AbsenceReason;
import java.time.Duration;
import java.time.Instant;

/**
 * What is to be thought of one node, by one controller. It judges by what it hears only those nodes that registered with
 * itself, and those whose controller is dead; of any other, what its controller has stored counts. Decides, and does nothing.
 */
final class NodeWatch {
    private final String self;
    private final ControllerPresence presence;
    private final Liveness liveness;
    private final Duration lateAfter;

    /**
     * @param self the controller that watches
     * @param lateAfter silence after which a node may have vanished with one that is OFFLINE
     */
    NodeWatch(String self, ControllerPresence presence, Liveness liveness, Duration lateAfter) {
        this.self = self;
        this.presence = presence;
        this.liveness = liveness;
        this.lateAfter = lateAfter;
    }

    /** The status it should have. @param watchingSince this controller blames nobody for the time before */
    NodeStatus status(NodeView.Entry entry, Instant watchingSince, Instant now) {
        Node node = entry.node();
        return switch (node.status()) {
            case PENDING, OFFLINE -> node.status(); // only a registration leads out of these
            case UNHEALTHY -> isAnotherLivesWord(node) ? node.status() : judged(entry, watchingSince, now);
            case IDLE, BUSY ->
                isAnotherLivesWord(node)
                        ? Liveness.ofHeard(signs(entry.pulse()), now)
                        : judged(entry, watchingSince, now);
        };
    }

    private NodeStatus judged(NodeView.Entry entry, Instant watchingSince, Instant now) {
        Instant from = from(entry, watchingSince, now);
        return liveness.of(entry.node().status(), signs(entry.pulse()), from, now);
    }

    /** For the storm guard: whether it is there, and if not, since when. */
    StormGuard.Sign sign(NodeView.Entry entry, Instant watchingSince, Instant now) {
        Node node = entry.node();
        boolean held = node.heldSince() != null && !node.wasStopped();
        return switch (node.status()) {
            case PENDING -> new StormGuard.Sign(node.id(), false, null, false);
            case OFFLINE -> new StormGuard.Sign(node.id(), false, storedSilence(node), held);
            case UNHEALTHY ->
                isAnotherLivesWord(node)
                        ? new StormGuard.Sign(node.id(), false, storedSilence(node), held)
                        : heardSign(entry, watchingSince, now);
            case IDLE, BUSY ->
                isAnotherLivesWord(node)
                        ? new StormGuard.Sign(node.id(), true, null, held)
                        : heardSign(entry, watchingSince, now);
        };
    }

    private StormGuard.Sign heardSign(NodeView.Entry entry, Instant watchingSince, Instant now) {
        Node node = entry.node();
        NodeHeartbeat pulse = entry.pulse();
        Instant since = silentSince(entry, watchingSince, now);
        boolean late = Duration.between(since, now).compareTo(lateAfter) >= 0;
        boolean here = !late && !pulse.left();
        return new StormGuard.Sign(
                node.id(), here, here || pulse.saidGoodbye() ? null : since, node.heldSince() != null);
    }

    /** Null for one that was stopped in order. */
    private static Instant storedSilence(Node node) {
        return node.reasonCode() == AbsenceReason.Code.STOPPED ? null : node.lastSeenAt();
    }

    /** Why it has that status; null: nothing to say. */
    AbsenceReason reason(NodeView.Entry entry, NodeStatus status, Instant watchingSince, Instant now) {
        return switch (status) {
            case PENDING, IDLE, BUSY -> null;
            case UNHEALTHY, OFFLINE -> {
                AbsenceReason left = entry.pulse().whyLeft();
                yield left != null
                        ? left
                        : AbsenceReason.silent(Duration.between(silentSince(entry, watchingSince, now), now)
                                .toSeconds());
            }
        };
    }

    /**
     * Whether it was stopped in order and may soon be back: it is OFFLINE at once, but a worker that is merely started again
     * adopts what it left running, so its work counts as lost no sooner than that of one that fell silent.
     */
    boolean mayReturn(NodeView.Entry entry, Duration offlineAfter, Instant now) {
        if (!entry.pulse().saidGoodbye() && !entry.node().wasStopped()) {
            return false;
        }
        Instant since = entry.node().heldSince() == null
                ? entry.pulse().lastSeen()
                : entry.node().heldSince();
        return since != null && since.plus(offlineAfter).isAfter(now);
    }

    private boolean isAnotherLivesWord(Node node) {
        return !self.equals(node.controllerId()) && presence.lives(node.controllerId());
    }

    private Instant silentSince(NodeView.Entry entry, Instant watchingSince, Instant now) {
        return Liveness.silentSince(entry.pulse().lastSeen(), from(entry, watchingSince, now));
    }

    /** Silence counts from here at the earliest: a dead controller may have heard the node as long as it lived. */
    private Instant from(NodeView.Entry entry, Instant watchingSince, Instant now) {
        Instant from = later(watchingSince, entry.pulse().silentFrom());
        String owner = entry.node().controllerId();
        Duration silence = self.equals(owner) ? null : presence.silence(owner);
        return silence == null ? from : later(from, now.minus(silence));
    }

    private static Instant later(Instant one, Instant other) {
        return one.isBefore(other) ? other : one;
    }

    private static Liveness.Signs signs(NodeHeartbeat pulse) {
        return new Liveness.Signs(
                pulse.lastSeen(), pulse.left(), pulse.saidGoodbye(), pulse.active(), pulse.lastBusy());
    }
}
