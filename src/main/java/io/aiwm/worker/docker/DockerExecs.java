package io.aiwm.worker.docker;

import io.aiwm.worker.container.Engine;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/** Runs commands in containers. */
final class DockerExecs {
    private final DockerClients clients;
    private final DockerCalls calls;
    private final DockerStreams streams;

    DockerExecs(DockerClients clients, DockerCalls calls, DockerStreams streams) {
        this.clients = clients;
        this.calls = calls;
        this.streams = streams;
    }

    Future<Engine.ExecEnd> run(String containerId, List<String> command) {
        return calls.quick(
                        "begin a command in the container",
                        () -> clients.quick()
                                .execCreateCmd(containerId)
                                .withCmd(command.toArray(String[]::new))
                                .withAttachStdout(true)
                                .withAttachStderr(true)
                                .exec()
                                .getId())
                .compose(id ->
                        streams.exec(id).compose(output -> exitCode(id).map(code -> new Engine.ExecEnd(code, output))));
    }

    /** A command may have closed its output before it ends. */
    Future<Integer> exitCode(String execId) {
        return calls.repeat(last -> calls.quick("look at a command in the container", () -> {
            var seen = clients.quick().inspectExecCmd(execId).exec();
            boolean runs = Boolean.TRUE.equals(seen.isRunning()) || seen.getExitCodeLong() == null;
            if (runs && last) {
                throw new IllegalStateException("the command closed its output and does not end");
            }
            return runs ? Optional.empty() : Optional.of(seen.getExitCodeLong().intValue());
        }));
    }
}
