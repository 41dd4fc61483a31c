package io.aiwm.worker.container;

import io.aiwm.protocol.ContainerSpec.RegistryAuth;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.SystemInfo.ContainerEngine;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * What a worker needs of a container engine. Every call has a time limit and ends with a result or with a {@link
 * io.aiwm.worker.command.CommandFailure} that carries the category and says what to do; {@code engine-unreachable} where
 * it does not answer. Safe to call from any thread. Callbacks come on the engine's own threads.
 */
public interface Engine extends AutoCloseable {

    /** Name, version and runtimes. */
    Future<ContainerEngine> info();

    /** The id of a local image; empty when the engine does not have it. */
    Future<Optional<String>> imageId(String image);

    /** Those it has. */
    Future<List<EngineImage>> images();

    /**
     * Takes a name away, and with its last name the image; by its id one that has no name. One that is gone is a success; fails
     * with {@code conflict} while a container uses it.
     */
    Future<Void> removeImage(String nameOrId);

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

    /**
     * Asks it to end and kills it after {@code grace}; one that has ended, or is gone, is a success. It stays so until it is
     * started, also when the engine itself is started.
     */
    Future<Void> stop(String containerId, Duration grace);

    /** It is not restarted when it ends, nor when the engine itself starts, until {@link #mayRun}. */
    Future<Void> mayNotRestart(String containerId);

    /** Gives one that {@link #stop} may have stopped its restart policy back; to be called before it is started. */
    Future<Void> mayRun(EngineContainer container);

    /** Asks it to end, with the signal that its image names for this, and waits for nothing; one that has ended is a success. */
    Future<Void> askToEnd(String containerId);

    /** Stops and starts it; starts it where it had ended. */
    Future<Void> restart(String containerId, Duration grace);

    /** Kills and removes it with those of its anonymous volumes that no other has; one that is gone is a success. */
    Future<Void> remove(String containerId);

    /** By id or name; empty when there is none. */
    Future<Optional<EngineContainer>> inspect(String idOrName);

    /** All containers, running or not, that carry all these labels; newest first. Ports, health and exit code may be missing. */
    Future<List<EngineContainer>> list(Map<String, String> labels);

    /**
     * Succeeds when the container does not run any more, at once when it has ended already; with the container as it is
     * then, or empty when it is gone. Waits through a restart of the engine.
     */
    Future<Optional<EngineContainer>> ended(String containerId);

    /** Makes a named volume; one of that name is a success. */
    Future<Void> createVolume(String name, Map<String, String> labels);

    /** One that is gone is a success; fails with {@code conflict} while a container has it. */
    Future<Void> removeVolume(String name);

    /** The volumes that carry all these labels, with their labels, by name. */
    Future<Map<String, Map<String, String>>> volumes(Map<String, String> labels);

    /** Names of the volumes that no container has, running or not. */
    Future<Set<String>> unusedVolumes();

    /**
     * Unpacks a tar into a volume, through a container of this image that is never started and is gone afterwards. The
     * tar's names begin with {@link #FILL}.
     */
    Future<Void> fill(String containerName, String image, Map<String, String> labels, String volume, Path tar);

    /** Where {@link #fill} has the volume. */
    String FILL = "fill";

    /**
     * Reads a file or folder of a container, running or not, as a tar whose names begin with the last name of the path.
     * The reader runs on a thread of its own and may block.
     *
     * @return what the reader made; null when there is no such path
     */
    <T> Future<T> read(String containerId, String path, Reader<T> reader);

    /** Reads a tar. */
    interface Reader<T> {
        T read(InputStream tar) throws IOException;
    }

    /** What the container wrote last, at most {@code lines} lines and 8 KiB. */
    Future<String> lastLines(String containerId, int lines);

    /**
     * Runs a command in a running container, without a shell. Succeeds when it has ended, which may be never: the caller
     * limits the wait, and can do nothing to the command.
     */
    Future<ExecEnd> exec(String containerId, List<String> command);

    /** How a command in a container ended. @param output the end of what it printed, at most 4 KiB */
    record ExecEnd(int exitCode, String output) {}

    /**
     * Runs a program with a terminal in a running container. When it is ended, or this process ends, however that ends, its
     * processes are killed within seconds. Fails with {@code invalid} where the image has no /bin/sh.
     */
    Future<Terminal> terminal(String containerId, Terminal.Plan plan, Terminal.Listener listener);

    /** What it uses now. */
    Future<ContainerStats> stats(EngineContainer container);

    /**
     * Follows the events of containers with these labels from now on. The stream ends with the engine: {@link
     * EventListener#ended} is called once, and events in between are lost, so list afterwards.
     */
    Subscription events(Map<String, String> labels, EventListener listener);

    /**
     * Follows all that the container writes from now on; the listener may block, which delays the program.
     * Succeeds when the engine has begun.
     */
    Future<Subscription> attach(String containerId, LogListener listener);

    /**
     * Gives a container that was made to read from its standard input this, and then the end. To be called before it is
     * started; succeeds when the engine has begun, and does not wait until the program reads.
     */
    Future<Subscription> feed(String containerId, byte[] input);

    /**
     * Reads the log so far, a line or a part of one at a time; the listener may block, which holds the engine's stream back.
     *
     * @param tail how many of the last lines; -1: all
     * @param stamped whether each piece begins with when it was written, and a space
     */
    Subscription logs(String containerId, int tail, boolean stamped, LogListener listener);

    @Override
    void close();

    /** A stream that can be ended early; harmless twice. */
    interface Subscription {
        void end();
    }

    /** Receives events. */
    interface EventListener {
        /** The engine listens; from here on nothing is missed. */
        void began();

        void on(EngineEvent event);

        void ended(Throwable causeOrNull);
    }

    /** Receives a log. */
    interface LogListener {
        /** @param stream stdout or stderr */
        void on(String stream, byte[] bytes);

        void ended(Throwable causeOrNull);
    }
}
