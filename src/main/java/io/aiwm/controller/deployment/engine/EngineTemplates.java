package io.aiwm.controller.deployment.engine;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.model.estimate.CacheType;
import io.aiwm.controller.model.estimate.EngineKind;
import io.aiwm.controller.model.estimate.EstimateRequest;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ContainerSpecBuilder;
import io.aiwm.protocol.Probes;
import io.aiwm.protocol.Probes.Probe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes the container in which an engine serves a model: image, arguments, port, mount. Pure. */
public final class EngineTemplates {
    private static final Map<EngineKind, Integer> PORTS =
            Map.of(EngineKind.llamacpp, 8080, EngineKind.vllm, 8000, EngineKind.tgi, 8080, EngineKind.ollama, 11434);

    /** With more, llama.cpp's logical batch must grow with the physical one. */
    private static final int LLAMA_LOGICAL_BATCH = 2_048;
    /** More than any model has: all of them. */
    private static final int ALL_LAYERS = 999;
    /** Processes of one engine exchange tensors through {@code /dev/shm}. */
    private static final long SHM_BYTES = 1L << 30;

    private static final long STARTUP_PERIOD_MS = 1_000;
    /** An hour: a hundred GB from a slow disk. */
    private static final int STARTUP_FAILURES = 3_600;

    /** Serves, waits until it answers, and makes a model of the file; a signal reaches the server. */
    private static final String OLLAMA = "ollama serve \"$@\" & served=$!; trap 'kill $served' TERM INT; until ollama"
            + " list >/dev/null 2>&1; do kill -0 $served || exit 1; sleep 1; done; printf '%b' \"$AIWM_MODELFILE\" >"
            + " /tmp/Modelfile && ollama create \"$AIWM_MODEL_NAME\" -f /tmp/Modelfile || exit 1; wait $served";

    private final Config.Engines images;

    public EngineTemplates(Config.Engines images) {
        this.images = images;
    }

    /**
     * Returns the container. Fails with UNPROCESSABLE, naming a field of the request, when this engine cannot serve that model.
     *
     * @param model null: none, which a custom engine may do without
     * @param gpus how many it is given
     */
    public ContainerSpec container(EngineSpec engine, ServedModel model, int gpus) {
        Integer trained = model == null ? null : model.trainedContext();
        EstimateRequest asked = engine.asEstimate(gpus).complete(trained);
        var made = new TreeMap<String, String>();
        var spec = ContainerSpecBuilder.builder().image(image(engine, gpus)).restartPolicy("unless-stopped");
        List<String> arguments = switch (engine.type()) {
            case llamacpp -> llamaCpp(engine, asked, model, gpus);
            case vllm -> vllm(engine, asked, model, gpus, made);
            case tgi -> tgi(engine, asked, model, gpus);
            case ollama -> ollama(engine, asked, model, made);
            case custom -> custom(model, made);
        };
        if (engine.type() == EngineKind.ollama) {
            spec.entrypoint(List.of("/bin/sh", "-c", OLLAMA, "ollama"));
        }
        if (engine.type() == EngineKind.vllm || engine.type() == EngineKind.tgi) {
            spec.shmBytes(SHM_BYTES);
        }
        var command = new ArrayList<>(arguments);
        if (engine.args() != null) {
            command.addAll(engine.args());
        }
        Integer port = port(engine);
        return spec.command(command.isEmpty() ? null : List.copyOf(command))
                .env(made.isEmpty() ? null : Map.copyOf(made))
                .ports(port == null ? null : List.of(new ContainerSpec.Port(port, null, null, null)))
                .volumes(model == null ? null : List.of(model.mount()))
                .probes(probes(engine.type(), port))
                .build();
    }

    /** Weights may take long to be read; what serves answers at once, unless it is busy. */
    private static Probes probes(EngineKind type, Integer port) {
        String path = switch (type) {
            case llamacpp, vllm, tgi -> "/health";
            case ollama -> "/api/tags";
            case custom -> null;
        };
        if (path == null || port == null) {
            return null;
        }
        Probe ask = Probe.http(port, path);
        return new Probes(
                ask.every(STARTUP_PERIOD_MS, 5_000, STARTUP_FAILURES),
                ask.every(5_000, 5_000, 3),
                ask.every(20_000, 15_000, 6));
    }

    /** Null: a custom engine that names none. */
    private String image(EngineSpec engine, int gpus) {
        return engine.image() != null
                ? engine.image()
                : switch (engine.type()) {
                    case llamacpp -> gpus > 0 ? images.llamacppCuda() : images.llamacpp();
                    case vllm -> images.vllm();
                    case tgi -> images.tgi();
                    case ollama -> images.ollama();
                    case custom -> null;
                };
    }

    /** Where it listens; null: a custom engine that says nothing of it. */
    public static Integer port(EngineSpec engine) {
        return engine.port() == null ? PORTS.get(engine.type()) : engine.port();
    }

    private static List<String> llamaCpp(EngineSpec engine, EstimateRequest asked, ServedModel model, int gpus) {
        var words = new Words()
                .add("-m", gguf(engine, model))
                .add("-c", (long) asked.context() * asked.parallel())
                .add("-np", asked.parallel());
        if (asked.batch() > LLAMA_LOGICAL_BATCH) {
            words.add("-b", asked.batch());
        }
        words.add("-ub", asked.batch()).add("-fa", asked.flashAttention() ? "on" : "off");
        if (asked.cacheType() != CacheType.f16) {
            words.add("--cache-type-k", asked.cacheType()).add("--cache-type-v", asked.cacheType());
        }
        if (gpus > 0) {
            words.add("-ngl", engine.gpuLayers() == null ? ALL_LAYERS : engine.gpuLayers());
        }
        return words.add("--host", "0.0.0.0").add("--port", port(engine)).add("--alias", model.name()).list;
    }

    private static List<String> vllm(
            EngineSpec engine, EstimateRequest asked, ServedModel model, int gpus, Map<String, String> env) {
        var words = new Words()
                .add("--model", "gguf".equals(model.format()) ? gguf(engine, model) : model.folder())
                .add("--served-model-name", model.name())
                .add("--max-model-len", asked.context())
                .add("--max-num-seqs", asked.parallel());
        if (engine.batch() != null) {
            words.add("--max-num-batched-tokens", asked.batch());
        }
        if (asked.cacheType() == CacheType.fp8) {
            words.add("--kv-cache-dtype", "fp8");
        }
        if (gpus > 0) {
            words.add("--gpu-memory-utilization", utilization(engine)).add("--tensor-parallel-size", gpus);
        }
        if (engine.sleeps()) {
            if (gpus == 0) {
                throw Failure.unprocessable(
                        "/engine/sleepMode", "frees memory of GPUs, and the deployment asks for none");
            }
            // only in its development mode it has the paths; the gateway lets nobody reach them
            env.put("VLLM_SERVER_DEV_MODE", "1");
            words.list.add("--enable-sleep-mode");
        }
        return words.add("--host", "0.0.0.0").add("--port", port(engine)).list;
    }

    private static List<String> tgi(EngineSpec engine, EstimateRequest asked, ServedModel model, int gpus) {
        if ("gguf".equals(model.format())) {
            throw Failure.unprocessable("/engine/type", "tgi serves safetensors, and the model has GGUF files");
        }
        if (asked.context() < 2) {
            throw Failure.unprocessable("/engine/context", "must be at least 2 for tgi: a prompt and an answer");
        }
        var words = new Words()
                .add("--model-id", model.folder())
                .add("--max-input-tokens", asked.context() - 1)
                .add("--max-total-tokens", asked.context())
                .add("--max-concurrent-requests", asked.parallel());
        if (engine.batch() != null) {
            words.add("--max-batch-prefill-tokens", asked.batch());
        }
        if (asked.cacheType() == CacheType.fp8) {
            words.add("--kv-cache-dtype", "fp8_e5m2");
        }
        if (gpus > 0) {
            words.add("--cuda-memory-fraction", utilization(engine)).add("--num-shard", gpus);
        }
        return words.add("--hostname", "0.0.0.0").add("--port", port(engine)).list;
    }

    private static double utilization(EngineSpec engine) {
        return engine.memoryUtilization() == null ? 0.9 : engine.memoryUtilization();
    }

    private static List<String> ollama(
            EngineSpec engine, EstimateRequest asked, ServedModel model, Map<String, String> env) {
        String layers = engine.gpuLayers() == null ? "" : "PARAMETER num_gpu " + engine.gpuLayers() + "\\n";
        env.put(
                "AIWM_MODELFILE",
                "FROM " + gguf(engine, model) + "\\nPARAMETER num_batch " + asked.batch() + "\\n" + layers);
        env.put("AIWM_MODEL_NAME", model.name());
        env.put("OLLAMA_HOST", "0.0.0.0:" + port(engine));
        env.put("OLLAMA_CONTEXT_LENGTH", String.valueOf(asked.context()));
        env.put("OLLAMA_NUM_PARALLEL", String.valueOf(asked.parallel()));
        env.put("OLLAMA_KV_CACHE_TYPE", asked.cacheType().name());
        env.put("OLLAMA_FLASH_ATTENTION", asked.flashAttention() ? "1" : "0");
        // what was placed for it stays its own
        env.put("OLLAMA_KEEP_ALIVE", "-1");
        return List.of();
    }

    private static List<String> custom(ServedModel model, Map<String, String> env) {
        if (model != null) {
            env.put("AIWM_MODEL", model.file() == null ? model.folder() : model.file());
            env.put("AIWM_MODEL_NAME", model.name());
        }
        return List.of();
    }

    private static String gguf(EngineSpec engine, ServedModel model) {
        if (model.file() == null) {
            throw Failure.unprocessable(
                    "/engine/type",
                    engine.type() + " serves one GGUF model, and the version does not have exactly one");
        }
        return model.file();
    }

    /** Words of a command line in the making. */
    private static final class Words {
        private final List<String> list = new ArrayList<>();

        Words add(String flag, Object value) {
            list.add(flag);
            list.add(String.valueOf(value));
            return this;
        }
    }
}
