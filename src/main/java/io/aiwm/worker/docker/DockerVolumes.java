package io.aiwm.worker.docker;

import com.github.dockerjava.api.command.InspectVolumeResponse;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import io.aiwm.worker.container.Engine;
import io.aiwm.worker.container.ImageNames;
import io.vertx.core.Future;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The named volumes of a Docker Engine. */
final class DockerVolumes {
    private final DockerClients clients;
    private final DockerCalls calls;
    private final DockerLifecycle lifecycle;

    DockerVolumes(DockerClients clients, DockerCalls calls, DockerLifecycle lifecycle) {
        this.clients = clients;
        this.calls = calls;
        this.lifecycle = lifecycle;
    }

    Future<Void> create(String name, Map<String, String> labels) {
        return calls.quick("create a volume", () -> {
            clients.quick().createVolumeCmd().withName(name).withLabels(labels).exec();
            return null;
        });
    }

    Future<Void> remove(String name) {
        return calls.quick("remove a volume", () -> {
            try {
                clients.quick().removeVolumeCmd(name).exec();
            } catch (NotFoundException gone) {
                return null;
            }
            return null;
        });
    }

    Future<Map<String, Map<String, String>>> list(Map<String, String> labels) {
        List<String> wanted = labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .toList();
        return calls.quick("list volumes", () -> {
            var all = new HashMap<String, Map<String, String>>();
            var found = clients.quick()
                    .listVolumesCmd()
                    .withFilter("label", wanted)
                    .exec()
                    .getVolumes();
            if (found != null) {
                found.forEach(volume ->
                        all.put(volume.getName(), volume.getLabels() == null ? Map.of() : volume.getLabels()));
            }
            return all;
        });
    }

    Future<Set<String>> unused() {
        return calls.quick("list volumes", () -> {
            var found = clients.quick()
                    .listVolumesCmd()
                    .withDanglingFilter(true)
                    .exec()
                    .getVolumes();
            return found == null
                    ? Set.of()
                    : found.stream().map(InspectVolumeResponse::getName).collect(Collectors.toSet());
        });
    }

    Future<Void> fill(String containerName, String image, Map<String, String> labels, String volume, Path tar) {
        return lifecycle
                .remove(containerName)
                .compose(clear -> calls.slow("unpack the inputs", DockerClients.PATIENCE, () -> {
                    unpack(containerName, image, labels, volume, tar);
                    return null;
                }))
                .transform(filled -> lifecycle
                        .remove(containerName)
                        .transform(gone -> filled.failed()
                                ? Future.failedFuture(filled.cause())
                                : Future.<Void>succeededFuture()));
    }

    private void unpack(String containerName, String image, Map<String, String> labels, String volume, Path tar)
            throws IOException {
        var mount = new Mount().withType(MountType.VOLUME).withSource(volume).withTarget("/" + Engine.FILL);
        String id = clients.patient()
                .createContainerCmd(ImageNames.withTag(image))
                .withName(containerName)
                .withLabels(labels)
                .withEntrypoint("/never-started")
                .withHostConfig(
                        HostConfig.newHostConfig().withNetworkMode("none").withMounts(List.of(mount)))
                .exec()
                .getId();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(tar))) {
            clients.patient()
                    .copyArchiveToContainerCmd(id)
                    .withRemotePath("/")
                    .withTarInputStream(in)
                    .exec();
        }
    }
}
