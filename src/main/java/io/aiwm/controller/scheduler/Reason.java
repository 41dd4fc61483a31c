package io.aiwm.controller.scheduler;

import com.fasterxml.jackson.annotation.JsonValue;
import io.aiwm.common.Amounts;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Why a node is no place for a step. Those that last stay as they are however long one waits, unless an administrator or
 * the machine changes; the others pass when work ends or a node comes back.
 */
public enum Reason {
    OFFLINE("is OFFLINE", false),
    UNHEALTHY("is UNHEALTHY", false),
    PENDING("is PENDING", false),
    CORDONED("is cordoned", false),
    DRAINING("is being drained", false),
    ANOTHER("is not the node it is pinned to", true),
    ZONE("is in another zone", true),
    ROLE("has another role", true),
    LABELS("does not match the label selector", true),
    CAPABILITY("lacks a capability", true),
    RUNTIME("lacks the runtime", true),
    CORES("has fewer cores than asked for", true),
    MEMORY("has less memory than asked for", true),
    DISK("has a smaller disk for work than asked for", true),
    GPUS("has too few GPUs of that kind", true),
    FAILED_THERE("could not do it when it was tried there", true),
    ENGINE("has a container engine that does not answer", false),
    GPUS_OUT("has GPUs of that kind out of service", false),
    COOLDOWN("cools down after failures", false),
    REFUSED("has just given work of another controller the room", false),
    HELD("is kept free for work that waits longer or is more urgent", false),
    REPLICAS("has as many replicas of it as one node may have", false),
    NO_PORT("has given the host port to another deployment", false),
    NO_SLOT("has no free slot", false),
    NO_CPU("has not enough free CPU", false),
    NO_MEMORY("has not enough free memory", false),
    NO_DISK("has not enough free disk", false),
    NO_GPU("has no GPU with enough free memory", false);

    private static final Set<Reason> ROOM =
            Arrays.stream(Amounts.Kind.values()).map(Reason::noneFree).collect(Collectors.toUnmodifiableSet());

    final String words;
    final boolean lasting;

    Reason(String words, boolean lasting) {
        this.words = words;
        this.lasting = lasting;
    }

    /** Returns the stable code that callers are shown, e.g. {@code no-memory}. */
    @JsonValue
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the reason of a node that has less of this kind in all than is asked for. */
    static Reason tooSmall(Amounts.Kind kind) {
        return switch (kind) {
            case CPU -> CORES;
            case MEMORY -> MEMORY;
            case DISK -> DISK;
            case GPUS -> GPUS;
        };
    }

    /** Returns the reason of a node that has less of this kind free than is asked for. */
    static Reason noneFree(Amounts.Kind kind) {
        return switch (kind) {
            case CPU -> NO_CPU;
            case MEMORY -> NO_MEMORY;
            case DISK -> NO_DISK;
            case GPUS -> NO_GPU;
        };
    }

    /** Returns whether the node would do if less of it were claimed. */
    boolean isWantOfRoom() {
        return this == NO_SLOT || ROOM.contains(this);
    }
}
