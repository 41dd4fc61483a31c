package io.aiwm.worker.docker;

import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Statistics;
import com.github.dockerjava.core.InvocationBuilder.AsyncResultCallback;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.container.Engine;
import io.aiwm.worker.container.EngineContainer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the state, the statistics and the files of containers. */
final class DockerInspection {
    private static final Duration STATS_LIMIT = Duration.ofSeconds(5);
    /** Between two inspections while the engine does not answer. */
    private static final long ENGINE_PAUSE_MILLIS = 1_000;

    private final Vertx vertx;
    private final DockerClients clients;
    private final DockerCalls calls;
    private final DockerStreams streams;

    DockerInspection(Vertx vertx, DockerClients clients, DockerCalls calls, DockerStreams streams) {
        this.vertx = vertx;
        this.clients = clients;
        this.calls = calls;
        this.streams = streams;
    }

    Future<Optional<EngineContainer>> inspect(String idOrName) {
        return calls.quick("look at the container", () -> {
            try {
                return Optional.of(DockerViews.inspect(clients.quick(), idOrName));
            } catch (NotFoundException none) {
                return Optional.empty();
            }
        });
    }

    Future<List<EngineContainer>> list(Map<String, String> labels) {
        return calls.quick(
                "list containers",
                () -> clients.quick().listContainersCmd().withShowAll(true).withLabelFilter(labels).exec().stream()
                        .map(DockerViews::of)
                        .sorted(Comparator.comparing(EngineContainer::createdAt).reversed())
                        .toList());
    }

    Future<Optional<EngineContainer>> ended(String containerId) {
        return inspect(containerId)
                .recover(cause -> again(cause) ? Future.succeededFuture(null) : Future.failedFuture(cause))
                .compose(found -> {
                    boolean known = found != null;
                    if (known && (found.isEmpty() || hasEnded(found.get()))) {
                        return Future.succeededFuture(found);
                    }
                    // the wait ends with the container, or with the engine: in both cases the container is inspected
                    // again
                    return (known ? streams.wait(containerId) : Future.<Void>succeededFuture())
                            .transform(done -> vertx.timer(done.succeeded() && known ? 1 : ENGINE_PAUSE_MILLIS))
                            .compose(later -> ended(containerId));
                });
    }

    private static boolean hasEnded(EngineContainer container) {
        return container.state().isEnded();
    }

    private static boolean again(Throwable cause) {
        return cause instanceof CommandFailure failure
                && (failure.error.category() == ErrorCategory.ENGINE_UNREACHABLE
                        || failure.error.category() == ErrorCategory.TIMEOUT);
    }

    <T> Future<T> read(String containerId, String path, Engine.Reader<T> reader) {
        return calls.slow("read " + path, DockerClients.PATIENCE, () -> {
            try (InputStream tar = clients.patient()
                    .copyArchiveFromContainerCmd(containerId, path)
                    .exec()) {
                return reader.read(tar);
            } catch (NotFoundException none) {
                return null;
            }
        });
    }

    Future<String> lastLines(String containerId, int lines) {
        return calls.quick("read the log", () -> DockerStreams.lastLines(clients.quick(), containerId, lines));
    }

    Future<ContainerStats> stats(EngineContainer container) {
        return calls.slow("measure the container", STATS_LIMIT, () -> {
            try (var sample = new AsyncResultCallback<Statistics>()) {
                clients.patient().statsCmd(container.id()).withNoStream(true).exec(sample);
                return DockerViews.of(container, sample.awaitResult());
            } catch (IOException cause) {
                throw new CommandFailure(ErrorCategory.ENGINE_UNREACHABLE, "statistics ended early; try again");
            }
        });
    }
}
