package io.aiwm.worker.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Which paths of this machine a container may see. */
public final class HostPaths {
    /** Access to one of these gives control of the machine: neither it nor a folder above it is ever mounted. */
    private static final List<Path> SOCKETS = List.of(
            Path.of("/var/run/docker.sock"),
            Path.of("/run/docker.sock"),
            Path.of("/run/containerd/containerd.sock"),
            Path.of("/var/run/containerd/containerd.sock"),
            Path.of("/run/podman/podman.sock"),
            Path.of("/run/crio/crio.sock"));

    private final List<Path> allowed;
    private final List<Path> sockets;

    /** @param engineSocket path or URI of the engine's own socket; null: only the usual ones are known */
    HostPaths(List<String> allowed, String engineSocket) {
        this.allowed = allowed.stream().map(HostPaths::clean).toList();
        var all = new java.util.ArrayList<>(SOCKETS);
        if (engineSocket != null) {
            String path =
                    engineSocket.startsWith("unix://") ? engineSocket.substring("unix://".length()) : engineSocket;
            if (path.startsWith("/")) {
                all.add(clean(path));
            }
        }
        this.sockets = List.copyOf(all);
    }

    /** Why this path may not be mounted; null: it may. */
    String refusal(String source) {
        if (!source.startsWith("/") || source.contains(":") || source.indexOf('\0') >= 0) {
            return "is neither the name of a volume nor an absolute path";
        }
        for (Path part : Path.of(source)) {
            if (part.toString().equals("..")) {
                return "must not contain ..";
            }
        }
        Path path = clean(source);
        Path real = real(path);
        for (Path socket : sockets) {
            if (holds(path, socket) || holds(real, socket) || holds(real, real(socket))) {
                return "would give the container the engine's socket; no policy allows that";
            }
        }
        boolean inside = allowed.stream().anyMatch(path::startsWith)
                && allowed.stream().anyMatch(root -> real.startsWith(real(root)));
        return inside ? null : "is a host path that this worker's policy (allowedHostMounts) does not allow";
    }

    private static boolean holds(Path mounted, Path socket) {
        return socket.startsWith(mounted);
    }

    private static Path clean(String path) {
        return Path.of(path).toAbsolutePath().normalize();
    }

    /** With links followed as far as the path exists: a link inside an allowed folder must not lead out of it. */
    private static Path real(Path path) {
        Path existing = path;
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing == null) {
            return path;
        }
        try {
            return existing.toRealPath().resolve(existing.relativize(path));
        } catch (IOException cause) {
            return path;
        }
    }
}
