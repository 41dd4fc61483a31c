package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import io.aiwm.common.SingleLineText;
import io.aiwm.protocol.ModelUrl;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What a worker may say of itself and its machine: all of it is stored, and shown on every page of nodes. What names
 * something is taken as it is or refused, since a changed name would name something else; what only describes is made
 * fit ({@link HardwareTexts}).
 */
final class WorkerLimits {
    static final int MOST_GPUS = 128;
    static final int MOST_WORDS = 64;
    static final int MOST_CHARS = 256;
    /** As the API has it in the path of a GPU. */
    static final int LAST_GPU = 9_999;

    private static final int MOST_PARTS = 1_024;
    private static final int MOST_PARALLEL = 100_000;
    /** What these labels say is not a worker's to say. */
    private static final String OURS = "aiwm.io/";

    private static final Pattern SERVER = Pattern.compile("http://[^/?#]{1,200}:\\d{1,5}");

    private WorkerLimits() {}

    /** As it may be stored. Fails with INVALID naming the first field that is too large, malformed, or not a worker's. */
    static NodeRegister taken(NodeRegister said) {
        name("/data/name", said.name());
        name("/data/hostname", said.hostname());
        name("/data/agentVersion", said.agentVersion());
        name("/data/role", said.role());
        name("/data/zone", said.zone());
        words("/data/capabilities", said.capabilities());
        words("/data/runtimes", said.runtimes());
        words("/data/labels", said.labels().keySet());
        said.labels().forEach((key, value) -> {
            if (key.toLowerCase(Locale.ROOT).startsWith(OURS)) {
                throw Failure.invalid("/data/labels", "a worker sets no label that begins with " + OURS);
            }
            if (value == null) {
                throw Failure.invalid("/data/labels", "one of them is null");
            }
            name("/data/labels", value);
        });
        if (said.maxParallel() != null && (said.maxParallel() < 0 || said.maxParallel() > MOST_PARALLEL)) {
            throw Failure.invalid("/data/maxParallel", "must be 0 to " + MOST_PARALLEL);
        }
        modelServer(said.modelServer());
        brought(said);
        return said.with(taken(said.system()));
    }

    /** Other workers are sent there. */
    private static void modelServer(String url) {
        if (url == null) {
            return;
        }
        name("/data/modelServer", url);
        String mistake = ModelUrl.mistake(url);
        if (mistake != null || !SERVER.matcher(url).matches()) {
            throw Failure.invalid("/data/modelServer", "must be http, a host and a port");
        }
    }

    private static void brought(NodeRegister said) {
        String running = "/data/running";
        most(running, said.running(), NodeRegister.MOST_RUNNING);
        for (NodeRegister.Running one : said.running()) {
            if (one == null || one.containerId() == null) {
                throw Failure.invalid(running, "one of them has no containerId");
            }
            name(running + "/containerId", one.containerId());
            name(running + "/commandId", one.commandId());
            name(running + "/deploymentId", one.deploymentId());
            name(running + "/jobId", one.jobId());
            name(running + "/state", one.state());
        }
        words("/data/unacknowledgedResults", said.unacknowledgedResults(), NodeRegister.MOST_RESULTS);
    }

    /** The same of a sample; null says nothing. */
    static SystemInfo taken(SystemInfo system) {
        if (system == null) {
            return null;
        }
        parts("/data/system/disks", system.disks(), MOST_PARTS);
        parts("/data/system/network", system.network(), MOST_PARTS);
        gpus(system.gpus());
        if (system.containerEngine() != null) {
            name("/data/system/containerEngine/name", system.containerEngine().name());
            if (system.containerEngine().runtimes() != null) {
                words(
                        "/data/system/containerEngine/runtimes",
                        system.containerEngine().runtimes());
            }
        }
        return HardwareTexts.of(system);
    }

    /** Work is given to GPUs by index, and handed over by uuid: each is one of the machine's. */
    private static void gpus(List<SystemInfo.Gpu> gpus) {
        String where = "/data/system/gpus";
        parts(where, gpus, MOST_GPUS);
        var indices = new HashSet<Integer>();
        for (SystemInfo.Gpu gpu : gpus == null ? List.<SystemInfo.Gpu>of() : gpus) {
            Integer index = gpu.index();
            if (index != null && (index < 0 || index > LAST_GPU)) {
                throw Failure.invalid(where + "/index", "must be 0 to " + LAST_GPU);
            }
            if (index != null && !indices.add(index)) {
                throw Failure.invalid(where + "/index", "two of them have " + index);
            }
            name(where + "/uuid", gpu.uuid());
            parts(where + "/migSlices", gpu.migSlices(), MOST_WORDS);
            if (gpu.migSlices() != null) {
                gpu.migSlices().forEach(slice -> name(where + "/migSlices/uuid", slice.uuid()));
            }
        }
    }

    private static void words(String where, Collection<String> words) {
        words(where, words, MOST_WORDS);
    }

    private static void words(String where, Collection<String> words, int most) {
        parts(where, words, most);
        for (String word : words) {
            if (word.isEmpty()) {
                throw Failure.invalid(where, "one of them is empty");
            }
            name(where, word);
        }
    }

    private static void parts(String where, Collection<?> all, int most) {
        most(where, all, most);
        if (all != null && all.stream().anyMatch(one -> one == null)) {
            throw Failure.invalid(where, "one of them is null");
        }
    }

    private static void most(String where, Collection<?> all, int most) {
        if (all != null && all.size() > most) {
            throw Failure.invalid(where, "has " + all.size() + " entries; " + most + " at most");
        }
    }

    /** Null and an empty text say nothing. */
    private static void name(String where, String text) {
        if (text == null || text.isEmpty()) {
            return;
        }
        if (text.length() > MOST_CHARS) {
            throw Failure.invalid(where, "has a text of more than " + MOST_CHARS + " characters");
        }
        if (!SingleLineText.is(text)) {
            throw Failure.invalid(where, SingleLineText.RULE);
        }
    }
}
