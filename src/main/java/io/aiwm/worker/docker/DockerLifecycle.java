package io.aiwm.worker.docker;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.RestartPolicy;
import io.aiwm.worker.container.ContainerLabels;
import io.aiwm.worker.container.EngineContainer;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * Starts, stops, restarts and removes containers. Docker answers 304 to start and stop when there is nothing to do, and 404
 * to the removal of what is gone; both are success here.
 */
final class DockerLifecycle {
    /** That of the library has no name, and an update to a policy without a name changes nothing. */
    private static final RestartPolicy NEVER =
            new ObjectMapper().convertValue(Map.of("Name", "no"), RestartPolicy.class);

    private final DockerClients clients;
    private final DockerCalls calls;
    private final DockerInspection views;
    private final HostPortRange range;

    DockerLifecycle(DockerClients clients, DockerCalls calls, DockerInspection views, HostPortRange range) {
        this.range = range;
        this.clients = clients;
        this.calls = calls;
        this.views = views;
    }

    Future<Void> start(String containerId) {
        // Slow: an engine under load, or with many mounts, takes its time here.
        return calls.slow("start the container", Duration.ofMinutes(1), () -> {
            range.settle(() -> clients.patient().startContainerCmd(containerId).exec());
            return null;
        });
    }

    Future<Void> stop(String containerId, Duration grace) {
        return calls.slow("stop the container", grace, () -> {
            try {
                clients.patient()
                        .stopContainerCmd(containerId)
                        .withTimeout(seconds(grace))
                        .exec();
            } catch (NotModifiedException ended) {
                keepStopped(containerId);
                return null;
            } catch (NotFoundException gone) {
                return null;
            }
            keepStopped(containerId);
            return null;
        });
    }

    Future<Void> mayRun(EngineContainer container) {
        return !"always".equals(container.label(ContainerLabels.RESTART))
                ? Future.succeededFuture()
                : calls.quick("set its restart policy", () -> {
                    clients.quick()
                            .updateContainerCmd(container.id())
                            .withRestartPolicy(RestartPolicy.alwaysRestart())
                            .exec();
                    return null;
                });
    }

    Future<Void> mayNotRestart(String containerId) {
        return calls.quick("set its restart policy", () -> {
            clients.quick()
                    .updateContainerCmd(containerId)
                    .withRestartPolicy(NEVER)
                    .exec();
            return null;
        });
    }

    /** With the policy "always" an engine starts a stopped container when the engine itself starts. */
    private void keepStopped(String containerId) {
        try {
            var host = clients.quick().inspectContainerCmd(containerId).exec().getHostConfig();
            boolean always = host != null
                    && host.getRestartPolicy() != null
                    && "always".equals(host.getRestartPolicy().getName());
            if (always) {
                clients.quick()
                        .updateContainerCmd(containerId)
                        .withRestartPolicy(RestartPolicy.unlessStoppedRestart())
                        .exec();
            }
        } catch (NotFoundException gone) {
            // then nothing can start it
        }
    }

    Future<Void> askToEnd(String containerId) {
        return calls.quick("ask the container to end", () -> {
            try {
                String signal = DockerViews.stopSignal(
                        clients.quick().inspectContainerCmd(containerId).exec());
                clients.quick().killContainerCmd(containerId).withSignal(signal).exec();
            } catch (ConflictException | NotFoundException ended) {
                return null;
            }
            return null;
        });
    }

    Future<Void> restart(String containerId, Duration grace) {
        return calls.slow("restart the container", grace.plusMinutes(1), () -> {
            var restart = clients.patient().restartContainerCmd(containerId).withTimeout(seconds(grace));
            range.settle(restart::exec);
            return null;
        });
    }

    Future<Void> remove(String containerId) {
        return views.inspect(containerId)
                .compose(found -> removeContainer(containerId)
                        .compose(gone -> found.isEmpty()
                                ? Future.succeededFuture()
                                : removeVolumes(found.get().volumes().values())));
    }

    /** The engine does not know that a volume is anonymous when the container took it over from another one. */
    private Future<Void> removeVolumes(Collection<String> volumes) {
        return volumes.isEmpty()
                ? Future.succeededFuture()
                : calls.quick("remove its volumes", () -> {
                    for (String volume : volumes) {
                        try {
                            clients.quick().removeVolumeCmd(volume).exec();
                        } catch (NotFoundException | ConflictException done) {
                            // gone with its container, or another container has taken it over
                        }
                    }
                    return null;
                });
    }

    /** Another removal of the same container may be under way, and may fail: the call is repeated until it is gone. */
    private Future<Void> removeContainer(String containerId) {
        return calls.<Boolean>repeat(last -> calls.slow(
                        "remove the container",
                        Duration.ofMinutes(1),
                        () -> isRemoved(containerId, last) ? Optional.of(true) : Optional.empty()))
                .mapEmpty();
    }

    private boolean isRemoved(String containerId, boolean last) {
        try {
            clients.patient()
                    .removeContainerCmd(containerId)
                    .withForce(true)
                    .withRemoveVolumes(true)
                    .exec();
            return true;
        } catch (NotFoundException gone) {
            return true;
        } catch (ConflictException under) {
            if (last || !String.valueOf(under.getMessage()).contains("already in progress")) {
                throw under;
            }
            return false;
        }
    }

    private static int seconds(Duration grace) {
        return (int) Math.min(grace.plusMillis(999).toSeconds(), DockerClients.PATIENCE.toSeconds());
    }
}
