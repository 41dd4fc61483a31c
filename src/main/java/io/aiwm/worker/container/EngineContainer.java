package io.aiwm.worker.container;

import io.aiwm.protocol.ContainerHealth;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A container as the engine shows it now.
 *
 * @param volumes names of its anonymous volumes, those that no spec names, by where it has them
 * @param run of this run, or the last one
 */
public record EngineContainer(Made made, Status status, Map<String, String> volumes, List<Port> ports, Run run) {

    private static final Duration MOST_AGE = Duration.ofDays(2);

    /**
     * What does not change as long as the container exists.
     *
     * @param name without a leading slash
     * @param image as it was asked for
     * @param createdAt RFC 3339, so that text order is time order
     */
    public record Made(
            String id, String name, String image, String imageId, String createdAt, Map<String, String> labels) {
        public Made {
            labels = Map.copyOf(labels);
        }
    }

    /**
     * How it is.
     *
     * @param state in the word of the engine: created, running, paused, restarting, exited or dead
     * @param health none, starting, healthy or unhealthy
     * @param healthOutput what the last health check printed; null where there was none
     * @param exitCode of its last run; null while it never ended, and while it runs
     * @param error why the engine could not start it; empty when it could
     */
    public record Status(
            String state,
            String health,
            String healthOutput,
            Integer exitCode,
            boolean oomKilled,
            int restarts,
            String error) {}

    /** A published port as it is, with the host port the engine chose. */
    public record Port(int containerPort, int hostPort, String protocol, String hostIp) {}

    /**
     * From one start to the end.
     *
     * @param startedAt when, in the engine's words; null where it was not asked
     * @param ip where this node reaches its ports: its address in the engine's network, 127.0.0.1 where it has the network of
     *     the host; null: it has none
     * @param restarts whether the engine restarts it when it ends
     */
    public record Run(String startedAt, String ip, boolean restarts) {
        public static final Run UNKNOWN = new Run(null, null);

        public Run(String startedAt, String ip) {
            this(startedAt, ip, true);
        }
    }

    public EngineContainer {
        volumes = Map.copyOf(volumes);
        ports = List.copyOf(ports);
    }

    public String id() {
        return made.id();
    }

    public String name() {
        return made.name();
    }

    public String image() {
        return made.image();
    }

    public String imageId() {
        return made.imageId();
    }

    public String createdAt() {
        return made.createdAt();
    }

    public Map<String, String> labels() {
        return made.labels();
    }

    public EngineState state() {
        return EngineState.of(status.state());
    }

    ContainerHealth health() {
        return ContainerHealth.of(status.health());
    }

    public Integer exitCode() {
        return status.exitCode();
    }

    public boolean oomKilled() {
        return status.oomKilled();
    }

    public int restarts() {
        return status.restarts();
    }

    public boolean running() {
        return state() == EngineState.RUNNING || state() == EngineState.PAUSED;
    }

    /** Whether it was inspected, and the engine in it sleeps: only then one that is to be restarted is not. */
    boolean isAsleep() {
        return "always".equals(label(ContainerLabels.RESTART)) && !run.restarts();
    }

    /** Whether it is seen in the run that was started then. @param startedAt null: there is no such run */
    boolean isRun(String startedAt) {
        return startedAt != null && startedAt.equals(run.startedAt());
    }

    /** Whether it has not been started between the two looks. */
    boolean isSameRun(EngineContainer other) {
        return isRun(other.run().startedAt());
    }

    /** For how long this run goes on, at most {@link #MOST_AGE}; zero where that is not known. */
    public Duration age(Instant now) {
        try {
            Duration age =
                    run.startedAt() == null ? Duration.ZERO : Duration.between(Instant.parse(run.startedAt()), now);
            return age.isNegative() ? Duration.ZERO : age.compareTo(MOST_AGE) > 0 ? MOST_AGE : age;
        } catch (DateTimeParseException unknown) {
            return Duration.ZERO;
        }
    }

    /** The same while the engine restarts it. */
    EngineContainer restarting(Integer lastExitCode) {
        return with(EngineState.RESTARTING.word(), status.health(), lastExitCode, status.restarts());
    }

    EngineContainer withHealth(ContainerHealth health) {
        return with(status.state(), health.wire(), status.exitCode(), status.restarts());
    }

    EngineContainer withRestarts(int restarts) {
        return with(status.state(), status.health(), status.exitCode(), restarts);
    }

    private EngineContainer with(String state, String health, Integer exitCode, int restarts) {
        var changed = new Status(
                state, health, status.healthOutput(), exitCode, status.oomKilled(), restarts, status.error());
        return new EngineContainer(made, changed, volumes, ports, run);
    }

    public String label(String name) {
        return labels().get(name);
    }

    public int replica() {
        String text = labels().getOrDefault(ContainerLabels.REPLICA, "0");
        return text.matches("\\d{1,6}") ? Integer.parseInt(text) : 0;
    }

    /** Indices of the GPUs it was given; null where none are noted. */
    public List<Integer> gpus() {
        String text = label(ContainerLabels.GPUS);
        return text == null || !text.matches("\\d{1,4}(,\\d{1,4}){0,127}")
                ? null
                : Arrays.stream(text.split(",")).map(Integer::valueOf).toList();
    }

    /** The output of a command that made or changed this container. */
    public JsonObject output() {
        var published = new JsonArray();
        ports.forEach(port -> published.add(new JsonObject()
                .put("containerPort", port.containerPort())
                .put("hostPort", port.hostPort())
                .put("protocol", port.protocol())
                .put("hostIp", port.hostIp())));
        return new JsonObject()
                .put("containerId", id())
                .put("commandId", label(ContainerLabels.COMMAND))
                .put("name", name())
                .put("imageId", imageId())
                .put("state", status.state())
                .put("exitCode", exitCode())
                .put("ports", published);
    }
}
