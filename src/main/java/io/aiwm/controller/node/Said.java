package io.aiwm.controller.node;

import io.aiwm.protocol.Failure;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import java.util.Collection;
import java.util.Locale;

/** How much a worker may say of its machine: all of it is stored, and shown on every page of nodes. */
final class Said {
    static final int MOST_GPUS = 128;
    static final int MOST_WORDS = 64;
    private static final int MOST_PARTS = 1_024;
    private static final int MOST_CHARS = 256;
    private static final int MOST_PARALLEL = 100_000;
    /** What these labels say is not a worker's to say. */
    private static final String OURS = "aiwm.io/";

    private Said() {}

    /** Fails with INVALID naming the first field that is too large, or not a worker's. */
    static void check(NodeRegister said) {
        text("/data/name", said.name());
        text("/data/hostname", said.hostname());
        text("/data/agentVersion", said.agentVersion());
        text("/data/role", said.role());
        text("/data/zone", said.zone());
        words("/data/capabilities", said.capabilities());
        words("/data/runtimes", said.runtimes());
        words("/data/labels", said.labels().keySet());
        said.labels().forEach((key, value) -> {
            if (key.toLowerCase(Locale.ROOT).startsWith(OURS)) {
                throw Failure.invalid("/data/labels", "a worker sets no label that begins with " + OURS);
            }
            text("/data/labels", value);
        });
        if (said.maxParallel() != null && (said.maxParallel() < 0 || said.maxParallel() > MOST_PARALLEL)) {
            throw Failure.invalid("/data/maxParallel", "must be 0 to " + MOST_PARALLEL);
        }
        check(said.system());
    }

    /** The same of a sample; null says nothing. */
    static void check(SystemInfo system) {
        if (system == null) {
            return;
        }
        most("/data/system/gpus", system.gpus(), MOST_GPUS);
        most("/data/system/disks", system.disks(), MOST_PARTS);
        most("/data/system/network", system.network(), MOST_PARTS);
        if (system.gpus() != null) {
            for (SystemInfo.Gpu gpu : system.gpus()) {
                if (gpu == null) {
                    throw Failure.invalid("/data/system/gpus", "one of them is null");
                }
                most("/data/system/gpus/migSlices", gpu.migSlices(), MOST_WORDS);
                text("/data/system/gpus/model", gpu.model());
                text("/data/system/gpus/uuid", gpu.uuid());
            }
        }
    }

    private static void words(String where, Collection<String> words) {
        most(where, words, MOST_WORDS);
        for (String word : words) {
            if (word == null) {
                throw Failure.invalid(where, "one of them is null");
            }
            text(where, word);
        }
    }

    private static void most(String where, Collection<?> all, int most) {
        if (all != null && all.size() > most) {
            throw Failure.invalid(where, "has " + all.size() + " entries; " + most + " at most");
        }
    }

    private static void text(String where, String text) {
        if (text != null && text.length() > MOST_CHARS) {
            throw Failure.invalid(where, "has a text of more than " + MOST_CHARS + " characters");
        }
    }
}
