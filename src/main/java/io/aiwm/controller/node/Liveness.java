package io.aiwm.controller.node;

import java.time.Duration;
import java.time.Instant;

/**
 * The rule by which a node is taken for alive. Pure: values in, a status out.
 *
 * <p>Silence is counted from the last sign of life, but never from before the watcher itself began to watch: a controller
 * that was down, or stood still, blames no node for it. Having just begun to watch never makes a node look better either.
 */
public final class Liveness {
    /** How long a node stays BUSY after its last command, so that short commands do not make it flap. */
    static final Duration COOL_DOWN = Duration.ofSeconds(3);

    private final Duration unhealthyAfter;
    private final Duration offlineAfter;

    public Liveness(Duration unhealthyAfter, Duration offlineAfter) {
        if (unhealthyAfter.compareTo(offlineAfter) > 0) {
            throw new IllegalArgumentException("a node cannot be offline before it is unhealthy");
        }
        this.unhealthyAfter = unhealthyAfter;
        this.offlineAfter = offlineAfter;
    }

    /**
     * @param lastSeen null: never since the watcher began
     * @param left whether its connection has ended since
     * @param stopped whether it said goodbye before that
     * @param active commands it is at
     * @param lastBusy when it last was at one
     */
    public record Signs(Instant lastSeen, boolean left, boolean stopped, int active, Instant lastBusy) {}

    /** @param recorded the status it has now. @param watchingSince when the watcher began to watch */
    public NodeStatus of(NodeStatus recorded, Signs signs, Instant watchingSince, Instant now) {
        return switch (recorded) {
            case PENDING, OFFLINE -> recorded; // only a registration leads out of these
            case IDLE, BUSY, UNHEALTHY -> ofRegistered(recorded, signs, watchingSince, now);
        };
    }

    /** From when silence counts. */
    static Instant silentSince(Instant lastSeen, Instant watchingSince) {
        return lastSeen == null || lastSeen.isBefore(watchingSince) ? watchingSince : lastSeen;
    }

    private NodeStatus ofRegistered(NodeStatus recorded, Signs signs, Instant watchingSince, Instant now) {
        boolean heard = signs.lastSeen() != null && !signs.lastSeen().isBefore(watchingSince);
        Duration silence = Duration.between(silentSince(signs.lastSeen(), watchingSince), now);
        if (silence.compareTo(offlineAfter) >= 0 || signs.stopped()) {
            return NodeStatus.OFFLINE;
        }
        if (silence.compareTo(unhealthyAfter) >= 0 || signs.left()) {
            return NodeStatus.UNHEALTHY;
        }
        if (!heard && recorded == NodeStatus.UNHEALTHY) {
            return NodeStatus.UNHEALTHY;
        }
        return ofHeard(signs, now);
    }

    /** Of a node that is up. */
    static NodeStatus ofHeard(Signs signs, Instant now) {
        boolean busy =
                signs.active() > 0 || Duration.between(signs.lastBusy(), now).compareTo(COOL_DOWN) < 0;
        return busy ? NodeStatus.BUSY : NodeStatus.IDLE;
    }
}
