package io.aiwm.controller.node;

import io.aiwm.controller.gateway.AbsenceReason;
import io.aiwm.protocol.NodeModel;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What is known of a node from moment to moment: in memory only, one per node, held by its session so that a message
 * costs no look-up. Safe to use from any thread; a lost update costs one heartbeat.
 */
public final class NodeHeartbeat {
    private static final int MAX_COMMANDS = 10_000;

    private volatile long seenMillis;
    private volatile long busyMillis;
    private final Set<String> commands = ConcurrentHashMap.newKeySet();
    /** What another controller counted; only while the node is heard there. */
    private volatile int activeElsewhere;

    /** Why it gets no new work until it is heard again; null while it is here. */
    private volatile AbsenceReason left;

    private volatile boolean heardHere;

    /** When this controller read of its last registration; 0: it was there before. */
    private volatile long registeredMillis;

    private final AtomicReference<CurrentUsage> untoldUse = new AtomicReference<>();

    /** What its worker said last that it holds; null: nothing since this controller started. */
    private volatile List<NodeModel> models;

    /** Whether {@link #models} is being written to its record. */
    final AtomicBoolean writingModels = new AtomicBoolean();

    /** The node said something to this controller. */
    public void beat(Instant now) {
        seenMillis = now.toEpochMilli();
        left = null;
        heardHere = true;
    }

    /** The commands the node says it is at: makes good what {@link #working} missed. */
    public void active(Collection<String> now, Instant when) {
        if (!now.isEmpty() || !commands.isEmpty()) {
            busyMillis = when.toEpochMilli();
        }
        commands.retainAll(now);
        now.stream().filter(Objects::nonNull).limit(MAX_COMMANDS).forEach(commands::add);
    }

    /** The node has begun, or ended, a command. */
    public void working(String commandId, boolean begun, Instant now) {
        busyMillis = now.toEpochMilli();
        if (!begun) {
            commands.remove(commandId);
        } else if (commands.size() < MAX_COMMANDS) {
            commands.add(commandId);
        }
    }

    /** The node said goodbye, or its connection ended: it gets no new work until it is heard again. */
    public void leave(AbsenceReason why) {
        left = why;
    }

    /** What the machine says is in use; the other controllers are told of the newest. */
    void uses(CurrentUsage use) {
        untoldUse.updateAndGet(before -> before == null ? use : before.with(use));
    }

    /** What the other controllers have not been told of yet; null: nothing. */
    CurrentUsage takeUntoldUse() {
        return untoldUse.getAndSet(null);
    }

    void holds(List<NodeModel> now) {
        models = now;
    }

    List<NodeModel> models() {
        return models;
    }

    /**
     * It has registered, as the store says. What was heard before says nothing of the new session, so its silence counts
     * from now at the earliest.
     *
     * @param elsewhere whether another controller took the registration, and hears the node from now on
     */
    void registered(Instant now, boolean elsewhere) {
        registeredMillis = now.toEpochMilli();
        if (elsewhere) {
            left = null;
            heardHere = false;
        }
    }

    /** Silence does not count from before this; the epoch: it may. */
    Instant silentFrom() {
        return Instant.ofEpochMilli(registeredMillis);
    }

    /** What another controller heard. @param when by this controller's clock */
    void heardElsewhere(Instant when, int active, AbsenceReason gone) {
        long seen = when.toEpochMilli();
        boolean leftThere = gone != null && !heardHere;
        if (seen > seenMillis || leftThere) {
            seenMillis = Math.max(seen, seenMillis);
            if (active > 0 || activeElsewhere > 0) {
                busyMillis = seen;
            }
            activeElsewhere = active;
            commands.clear();
            left = gone;
            heardHere = false;
        }
    }

    /** Whether this controller is the one that hears the node, so that it tells the others. */
    boolean heardHere() {
        return heardHere;
    }

    /** Whether there may be a session of it here. */
    boolean isServedHere() {
        return heardHere && left == null;
    }

    int active() {
        return heardHere ? commands.size() : activeElsewhere;
    }

    boolean left() {
        return left != null;
    }

    /** Whether it said itself that it goes: nobody need wonder where it is. */
    boolean saidGoodbye() {
        AbsenceReason now = left;
        return now != null && now.code() == AbsenceReason.Code.STOPPED;
    }

    /** Null while it is here. */
    AbsenceReason whyLeft() {
        return left;
    }

    /** Null when never heard since this controller started. */
    public Instant lastSeen() {
        return seenMillis == 0 ? null : Instant.ofEpochMilli(seenMillis);
    }

    /** When it last was at a command; the epoch when never. */
    Instant lastBusy() {
        return Instant.ofEpochMilli(busyMillis);
    }
}
