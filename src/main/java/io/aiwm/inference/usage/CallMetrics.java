package io.aiwm.inference.usage;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The calls of the last hour by deployment, model and replica, in memory: those of this gateway, and those that proxies report to it. A
 * call belongs to the time when it ended, also when it is reported later. Safe from any thread.
 */
public final class CallMetrics implements UsageSink {
    public static final int SLOT_SECONDS = 10;
    /** An hour. */
    public static final int SLOTS = 360;
    /** What all of it may take: the slots of about 60 subjects that are called all the time. The idlest goes first. */
    static final long MOST_BYTES = 32L << 20;

    private static final int SUBJECT_BYTES = SLOTS * 8 + 256;

    /** What calls are counted by. @param deploymentId null: {@code id} is the name of a model */
    private record Subject(String deploymentId, String id) {}

    private final InstantSource clock;
    private final long mostBytes;
    /** Rings of slots. The subject that was not called for longest comes first. Guarded by this. */
    private final Map<Subject, CallSlot[]> subjects = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;

    public CallMetrics(InstantSource clock) {
        this(clock, MOST_BYTES);
    }

    CallMetrics(InstantSource clock, long mostBytes) {
        this.clock = clock;
        this.mostBytes = mostBytes;
    }

    @Override
    public void ended(CallUsage call) {
        long now = now();
        long slot = Math.min(now, call.at().getEpochSecond() / SLOT_SECONDS);
        if (slot <= now - SLOTS) {
            return;
        }
        synchronized (this) {
            if (call.deploymentId() != null) {
                add(new Subject(call.deploymentId(), call.replicaId() == null ? "" : call.replicaId()), slot, call);
            }
            if (call.deploymentId() != null || call.endpointId() != null) {
                add(new Subject(null, call.model()), slot, call);
            }
            forgetIdlest();
        }
    }

    private void add(Subject subject, long number, CallUsage call) {
        CallSlot[] ring = subjects.get(subject);
        if (ring == null) {
            ring = new CallSlot[SLOTS];
            subjects.put(subject, ring);
            bytes += SUBJECT_BYTES;
        }
        int at = (int) (number % SLOTS);
        CallSlot slot = ring[at];
        if (slot == null || slot.number < number) {
            bytes += slot == null ? CallSlot.BYTES : 0;
            slot = new CallSlot(number);
            ring[at] = slot;
        }
        if (slot.number == number) {
            slot.add(call);
        }
    }

    private void forgetIdlest() {
        var idlest = subjects.values().iterator();
        while (bytes > mostBytes && subjects.size() > 1) {
            CallSlot[] ring = idlest.next();
            bytes -= SUBJECT_BYTES + (long) CallSlot.BYTES * filled(ring);
            idlest.remove();
        }
    }

    private static int filled(CallSlot[] ring) {
        int filled = 0;
        for (CallSlot slot : ring) {
            filled += slot == null ? 0 : 1;
        }
        return filled;
    }

    /** A sweep: forgets what is older than an hour. */
    public synchronized void prune() {
        long oldest = now() - SLOTS;
        subjects.values().removeIf(ring -> {
            for (int i = 0; i < ring.length; i++) {
                if (ring[i] != null && ring[i].number <= oldest) {
                    ring[i] = null;
                    bytes -= CallSlot.BYTES;
                }
            }
            boolean over = filled(ring) == 0;
            bytes -= over ? SUBJECT_BYTES : 0;
            return over;
        });
    }

    /**
     * Calls of a deployment by replica. One whose id is empty has the calls that reached none.
     *
     * @param end the slot after the last one
     * @param perPoint slots of a point
     */
    public synchronized List<CallHistory> of(String deploymentId, long end, int points, int perPoint) {
        var found = new ArrayList<CallHistory>();
        subjects.forEach((subject, ring) -> {
            if (deploymentId.equals(subject.deploymentId())) {
                found.add(history(subject.id(), ring, end, points, perPoint));
            }
        });
        return found;
    }

    /** Calls that named a model so; null: there were none. */
    public synchronized CallHistory ofModel(String model, long end, int points, int perPoint) {
        CallSlot[] ring = subjects.get(new Subject(null, model));
        return ring == null ? null : history(model, ring, end, points, perPoint);
    }

    private CallHistory history(String of, CallSlot[] ring, long end, int points, int perPoint) {
        long oldest = Math.max(now() - SLOTS, end - (long) points * perPoint - 1);
        CallHistory history = CallHistory.empty(of, points);
        for (CallSlot slot : ring) {
            if (slot != null && slot.number > oldest && slot.number < end) {
                history.add(slot, points - 1 - (int) ((end - 1 - slot.number) / perPoint));
            }
        }
        return history;
    }

    private long now() {
        return clock.instant().getEpochSecond() / SLOT_SECONDS;
    }

    synchronized long bytes() {
        return bytes;
    }
}
