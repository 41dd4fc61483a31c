package io.aiwm.protocol;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What deployments and jobs may say of a container's surroundings, and one rule for it, so that a controller refuses at
 * once what a worker would refuse later. Every field may be null, which is the engine's default.
 *
 * @param shmBytes size of {@code /dev/shm}
 * @param ulimits at most one of each name
 * @param init whether an init process runs as process 1: it passes signals on and reaps zombies. Null: no. The image's own
 *     may insist on being process 1, and an engine need not have one
 * @param tmpfs folders in memory, empty at each start
 * @param ipc none, private, shareable, or host where the worker's policy allows it
 * @param stopSignal what it is told to end with; null: what the image says
 * @param groups further group ids of its user
 */
public record ContainerSettings(
        Long shmBytes,
        List<Ulimit> ulimits,
        Boolean init,
        List<Tmpfs> tmpfs,
        String ipc,
        String stopSignal,
        List<Integer> groups) {
    /**
     * The capability of nodes whose worker knows these fields. What names one of them needs it, because a worker of a
     * version before would run it without.
     */
    public static final String CAPABILITY = "container-settings";

    public static final List<String> FIELDS =
            List.of("shmBytes", "ulimits", "init", "tmpfs", "ipc", "stopSignal", "groups");

    public static final String IPC_HOST = "host";

    /** Of a tmpfs that names no size. */
    public static final long TMPFS_BYTES = 64L << 20;

    private static final long LEAST_BYTES = 1L << 20;
    private static final long MOST_BYTES = 1L << 40;
    private static final int MOST_ENTRIES = 32;
    private static final int MOST_PATH = 1_000;
    private static final int MOST_GROUP = 999_999_999;
    /** What Linux takes for open files unless its own limit is changed; an engine fails with more. */
    private static final long MOST_FILES = 1L << 20;

    /** Without rtprio, nice and rttime: they would let a container take the machine's processors from all others. */
    private static final Set<String> ULIMITS =
            Set.of("core", "cpu", "data", "fsize", "memlock", "nofile", "nproc", "stack");

    private static final Set<String> IPC = Set.of("none", "private", "shareable", IPC_HOST);
    /** Those that programs end on; none that suspends them, and not the one that nothing can handle. */
    private static final Set<String> SIGNALS = Set.of(
            "SIGTERM",
            "SIGINT",
            "SIGQUIT",
            "SIGHUP",
            "SIGUSR1",
            "SIGUSR2",
            "SIGABRT",
            "SIGALRM",
            "SIGPWR",
            "SIGWINCH",
            "SIGRTMIN+3");

    private static final Pattern PATH = Pattern.compile("(?:/[A-Za-z0-9._-]+)++");
    private static final List<String> KERNEL = List.of("/proc", "/sys", "/dev");

    /** @param soft what counts; -1: no limit. @param hard what the program may raise it to; null: the same */
    public record Ulimit(String name, Long soft, Long hard) {}

    /** @param target an absolute path. @param sizeBytes null: {@link #TMPFS_BYTES} */
    public record Tmpfs(String target, Long sizeBytes) {
        public long bytes() {
            return sizeBytes == null ? TMPFS_BYTES : sizeBytes;
        }
    }

    /** The fields that say something. */
    public List<String> named() {
        Object[] values = {shmBytes, ulimits, init, tmpfs, ipc, stopSignal, groups};
        return IntStream.range(0, values.length)
                .filter(i -> values[i] != null)
                .mapToObj(FIELDS::get)
                .toList();
    }

    /** These capabilities, and {@link #CAPABILITY}. @param others null: none */
    public static List<String> withCapability(List<String> others) {
        return Stream.concat(others == null ? Stream.of() : others.stream(), Stream.of(CAPABILITY))
                .distinct()
                .toList();
    }

    /**
     * Tells every mistake.
     *
     * @param memoryBytes what the container may use, which what lies in these folders counts for; null: not said
     * @param mounted where something else is mounted
     * @param wrong takes the JSON pointer of the field and what is wrong with it
     */
    public void check(Long memoryBytes, Set<String> mounted, BiConsumer<String, String> wrong) {
        if (shmBytes != null) {
            size("/shmBytes", shmBytes, memoryBytes, wrong);
            if ("none".equals(ipc) || IPC_HOST.equals(ipc)) {
                wrong.accept("/shmBytes", "has no meaning with ipc " + ipc + ", which gives it no /dev/shm of its own");
            }
        }
        ulimits(wrong);
        tmpfs(memoryBytes, mounted, wrong);
        if (ipc != null && !IPC.contains(ipc)) {
            wrong.accept("/ipc", "must be none, private or shareable, or host where the worker's policy allows it");
        }
        if (stopSignal != null && !SIGNALS.contains(stopSignal)) {
            wrong.accept(
                    "/stopSignal",
                    "must be one of "
                            + String.join(", ", SIGNALS.stream().sorted().toList()));
        }
        groups(wrong);
    }

    private void ulimits(BiConsumer<String, String> wrong) {
        if (tooMany("/ulimits", ulimits, wrong)) {
            return;
        }
        var names = new HashSet<String>();
        for (int i = 0; i < ulimits.size(); i++) {
            String at = "/ulimits/" + i;
            Ulimit one = ulimits.get(i);
            if (one == null || one.name() == null || !ULIMITS.contains(one.name())) {
                wrong.accept(
                        at + "/name",
                        "must be one of "
                                + String.join(", ", ULIMITS.stream().sorted().toList()));
                continue;
            }
            if (!names.add(one.name())) {
                wrong.accept(at + "/name", one.name() + " is said twice");
            }
            Long hard = one.hard() == null ? one.soft() : one.hard();
            if (one.soft() == null) {
                wrong.accept(at + "/soft", "is missing");
            } else if (!limit(one.name(), one.soft())) {
                wrong.accept(at + "/soft", range(one.name()));
            } else if (!limit(one.name(), hard)) {
                wrong.accept(at + "/hard", range(one.name()));
            } else if (hard >= 0 && (one.soft() < 0 || one.soft() > hard)) {
                wrong.accept(at + "/soft", "must not be more than hard");
            }
        }
    }

    private static boolean limit(String name, long value) {
        return name.equals("nofile") ? value >= 1 && value <= MOST_FILES : value >= -1;
    }

    private static String range(String name) {
        return name.equals("nofile")
                ? "must be 1 to " + MOST_FILES + " for nofile"
                : "must be 0 or more, or -1 for no limit";
    }

    private void tmpfs(Long memoryBytes, Set<String> mounted, BiConsumer<String, String> wrong) {
        if (tooMany("/tmpfs", tmpfs, wrong)) {
            return;
        }
        var targets = new HashSet<>(mounted);
        for (int i = 0; i < tmpfs.size(); i++) {
            String at = "/tmpfs/" + i;
            Tmpfs one = tmpfs.get(i);
            String target = one == null ? null : one.target();
            boolean dots = target != null && ((target + "/").contains("/../") || (target + "/").contains("/./"));
            if (target == null
                    || target.length() > MOST_PATH
                    || dots
                    || !PATH.matcher(target).matches()) {
                wrong.accept(
                        at + "/target",
                        "must be an absolute path of letters, digits, '.', '_' and '-', without '..', not '/' itself");
            } else if (KERNEL.stream().anyMatch(root -> target.equals(root) || target.startsWith(root + "/"))) {
                wrong.accept(at + "/target", "must not lie in /proc, /sys or /dev; shmBytes is the size of /dev/shm");
            } else if (!targets.add(target)) {
                wrong.accept(at + "/target", target + " is mounted twice");
            }
            if (one != null) {
                size(at + "/sizeBytes", one.bytes(), memoryBytes, wrong);
            }
        }
    }

    private void groups(BiConsumer<String, String> wrong) {
        if (tooMany("/groups", groups, wrong)) {
            return;
        }
        for (int i = 0; i < groups.size(); i++) {
            Integer group = groups.get(i);
            if (group == null || group < 0 || group > MOST_GROUP) {
                wrong.accept("/groups/" + i, "must be a group id, 0 to " + MOST_GROUP);
            }
        }
    }

    private static void size(String at, long bytes, Long memoryBytes, BiConsumer<String, String> wrong) {
        if (bytes < LEAST_BYTES || bytes > MOST_BYTES) {
            wrong.accept(at, "is in bytes, " + LEAST_BYTES + " to " + MOST_BYTES);
        } else if (memoryBytes != null && bytes > memoryBytes) {
            wrong.accept(
                    at, bytes + " is more than memoryBytes (" + memoryBytes + "), which what lies there counts for");
        }
    }

    /** @return whether there is nothing to look at: absent, or too long, which is then the mistake */
    private static boolean tooMany(String at, List<?> list, BiConsumer<String, String> wrong) {
        if (list != null && list.size() > MOST_ENTRIES) {
            wrong.accept(at, "has more than " + MOST_ENTRIES + " entries");
            return true;
        }
        return list == null;
    }
}
