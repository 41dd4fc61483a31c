package io.aiwm.controller.deployment.engine;

import io.aiwm.controller.model.estimate.CacheType;
import io.aiwm.controller.model.estimate.EngineKind;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** What the controller refuses of an engine, before it is known which model it serves. */
public final class EngineRules {
    private static final int MOST_CONTEXT = 1 << 30;
    private static final int MOST_PARALLEL = 65_536;
    private static final int MOST_BATCH = 1 << 20;
    private static final int MOST_LAYERS = 4_097;
    private static final Set<EngineKind> LLAMA = EnumSet.of(EngineKind.llamacpp, EngineKind.ollama);
    private static final Set<EngineKind> PAGED = EnumSet.of(EngineKind.vllm, EngineKind.tgi);
    private static final Set<EngineKind> SLEEPING = EnumSet.of(EngineKind.vllm);
    private static final long MOST_REST = 1L << 40;
    private static final Map<EngineKind, Set<CacheType>> CACHE_TYPES = Map.of(
            EngineKind.llamacpp,
            EnumSet.complementOf(EnumSet.of(CacheType.fp8)),
            EngineKind.ollama,
            EnumSet.of(CacheType.f16, CacheType.q8_0, CacheType.q4_0),
            EngineKind.vllm,
            EnumSet.of(CacheType.f16, CacheType.bf16, CacheType.fp8),
            EngineKind.tgi,
            EnumSet.of(CacheType.f16, CacheType.bf16, CacheType.fp8),
            EngineKind.custom,
            EnumSet.allOf(CacheType.class));

    private final EngineSpec engine;
    private final BiConsumer<String, String> wrong;

    private EngineRules(EngineSpec engine, BiConsumer<String, String> wrong) {
        this.engine = engine;
        this.wrong = wrong;
    }

    /** Tells every mistake but those of image and arguments. @param wrong takes the pointer within the engine, and what is wrong */
    public static void check(EngineSpec engine, BiConsumer<String, String> wrong) {
        if (engine.type() == null) {
            String all = Arrays.stream(EngineKind.values()).map(Enum::name).collect(Collectors.joining(", "));
            wrong.accept("/type", "is missing: one of " + all);
            return;
        }
        var rules = new EngineRules(engine, wrong);
        rules.numbers();
        rules.fitting();
    }

    private void numbers() {
        within("/context", engine.context(), 1, MOST_CONTEXT);
        within("/parallel", engine.parallel(), 1, MOST_PARALLEL);
        within("/batch", engine.batch(), 1, MOST_BATCH);
        within("/gpuLayers", engine.gpuLayers(), 0, MOST_LAYERS);
        within("/port", engine.port(), 1, 65_535);
        Double part = engine.memoryUtilization();
        if (part != null && !(part > 0 && part <= 1)) {
            wrong.accept("/memoryUtilization", "must be more than 0 and at most 1");
        }
        long all = (engine.context() == null ? 1L : engine.context())
                * (engine.parallel() == null ? 1L : engine.parallel());
        if (LLAMA.contains(engine.type()) && all > Integer.MAX_VALUE) {
            wrong.accept("/context", "times parallel is more than the " + Integer.MAX_VALUE + " tokens of this engine");
        }
    }

    private void fitting() {
        only("/gpuLayers", engine.gpuLayers(), LLAMA);
        only("/flashAttention", engine.flashAttention(), LLAMA);
        only("/memoryUtilization", engine.memoryUtilization(), PAGED);
        sleep();
        CacheType cache = engine.cacheType();
        if (cache == null) {
            return;
        }
        Set<CacheType> known = CACHE_TYPES.get(engine.type());
        if (!known.contains(cache)) {
            wrong.accept(
                    "/cacheType",
                    "must be one of " + known.stream().map(Enum::name).collect(Collectors.joining(", ")) + " for "
                            + engine.type());
        } else if (cache.quantised() && Boolean.FALSE.equals(engine.flashAttention())) {
            wrong.accept("/cacheType", "can be " + cache + " only with flash attention");
        }
    }

    private void sleep() {
        only("/sleepMode", engine.sleepMode(), SLEEPING);
        Long rest = engine.sleepGpuMemoryBytes();
        if (engine.sleeps() && EngineTemplates.port(engine) == null) {
            wrong.accept("/port", "is missing: an engine that sleeps is woken there");
        }
        if (rest != null && !engine.sleeps()) {
            wrong.accept("/sleepGpuMemoryBytes", "has a meaning only with sleepMode");
        } else if (rest != null && (rest < 0 || rest > MOST_REST)) {
            wrong.accept("/sleepGpuMemoryBytes", "must be from 0 to " + MOST_REST);
        }
    }

    private void only(String pointer, Object value, Set<EngineKind> types) {
        if (value != null && engine.type() != EngineKind.custom && !types.contains(engine.type())) {
            wrong.accept(
                    pointer,
                    "has no meaning for " + engine.type() + ", only for "
                            + types.stream().map(Enum::name).collect(Collectors.joining(" and ")));
        }
    }

    private void within(String pointer, Integer value, int least, int most) {
        if (value != null && (value < least || value > most)) {
            wrong.accept(pointer, "must be from " + least + " to " + most);
        }
    }
}
