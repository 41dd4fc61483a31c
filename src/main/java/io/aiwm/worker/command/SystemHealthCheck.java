package io.aiwm.worker.command;

import io.aiwm.common.Json;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.util.function.Supplier;

/**
 * Looks at the machine now. Output {@code {status, uptimeMs, system}}: status is {@code ok}, or {@code degraded} when the
 * container engine cannot be reached or a GPU is not well.
 */
public final class SystemHealthCheck implements CommandHandler {
    private final Supplier<Future<SystemInfo>> sample;

    public SystemHealthCheck(Supplier<Future<SystemInfo>> sample) {
        this.sample = sample;
    }

    @Override
    public String name() {
        return CommandNames.SYSTEM_HEALTH_CHECK;
    }

    @Override
    public Future<JsonObject> run(Command command) {
        return sample.get()
                .map(system -> new JsonObject()
                        .put("status", isWell(system) ? "ok" : "degraded")
                        .put("uptimeMs", ManagementFactory.getRuntimeMXBean().getUptime())
                        .put("system", Json.toObject(system)));
    }

    private static boolean isWell(SystemInfo system) {
        var engine = system.containerEngine();
        return engine != null
                && Boolean.TRUE.equals(engine.reachable())
                && (system.gpus() == null
                        || system.gpus().stream().allMatch(gpu -> SystemInfo.Gpu.OK.equals(gpu.health())));
    }
}
