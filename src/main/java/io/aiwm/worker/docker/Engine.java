package io.aiwm.worker.docker;

import io.aiwm.protocol.ContainerSpec.RegistryAuth;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.SystemInfo.ContainerEngine;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * What a worker needs of a container engine. Every call has a time limit and ends with a result or with a {@link
 * io.aiwm.worker.command.CommandFailure} that carries the category and says what to do; {@code engine-unreachable} where
 * nobody answers. Safe to call from any thread. Callbacks come on the engine's own threads.
 */
public interface Engine extends AutoCloseable {

    /** Name, version and runtimes. */
    Future<ContainerEngine> info();

    /** The id of a local image; empty when the engine does not have it. */
    Future<Optional<String>> imageId(String image);

    /**
     * Fetches an image. Fails with {@code image-pull} when there is none or it may not be had.
     *
     * @param auth null: anonymous
     * @param progress percent of the bytes known so far, and a few words
     * @param cancelled ends the pull when it completes
     */
    Future<Void> pull(String image, RegistryAuth auth, BiConsumer<Integer, String> progress, Future<Void> cancelled);

    /**
     * Makes a container, not yet running. When the name is taken by a container of the same command and the same spec,
     * that one is the answer: of many creates at once one makes it and all get it. Fails with {@code conflict} when the
     * name is taken by anything else.
     */
    Future<EngineContainer> create(ContainerPlan plan);

    /** Starts it; one that runs already is a success. Fails with {@code conflict} when a port is taken. */
    Future<Void> start(String containerId);

    /** Asks it to end and kills it after {@code grace}; one that has ended, or is gone, is a success. */
    Future<Void> stop(String containerId, Duration grace);

    /** Stops and starts it; starts it where it had ended. */
    Future<Void> restart(String containerId, Duration grace);

    /** Kills and removes it with its anonymous volumes; one that is gone is a success. */
    Future<Void> remove(String containerId);

    /** By id or name; empty when there is none. */
    Future<Optional<EngineContainer>> inspect(String idOrName);

    /** All containers, running or not, that carry all these labels; newest first. Ports and health may be missing. */
    Future<List<EngineContainer>> list(Map<String, String> labels);

    /** What the container wrote last, at most {@code lines} lines and 8 KiB. */
    Future<String> lastLines(String containerId, int lines);

    /** What it uses now. */
    Future<ContainerStats> stats(EngineContainer container);

    /**
     * Follows the events of containers with these labels from now on. The stream ends with the engine: {@link
     * EventListener#ended} is called once, and events in between are lost, so list afterwards.
     */
    Subscription events(Map<String, String> labels, EventListener listener);

    /** Reads a log; the listener may block, which holds the engine's stream back. */
    Subscription logs(String containerId, int tail, boolean follow, LogListener listener);

    @Override
    void close();

    /** Something that can be ended early; harmless twice. */
    interface Subscription {
        void end();
    }

    /** Hears of events. */
    interface EventListener {
        /** The engine listens; from here on nothing is missed. */
        void began();

        void on(EngineEvent event);

        void ended(Throwable causeOrNull);
    }

    /** Hears a log. */
    interface LogListener {
        /** @param stream stdout or stderr */
        void on(String stream, byte[] bytes);

        void ended(Throwable causeOrNull);
    }
}
