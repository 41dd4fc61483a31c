package io.aiwm.worker.docker;

import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.container.ContainerLabels;
import io.aiwm.worker.container.ContainerPlan;
import io.aiwm.worker.container.EngineContainer;
import io.aiwm.worker.container.ImageNames;
import io.vertx.core.Future;
import java.util.Optional;

/** Creates containers, each name once. */
final class DockerCreation {
    private final DockerClients clients;
    private final DockerCalls calls;
    private final HostPortRange range;

    DockerCreation(DockerClients clients, DockerCalls calls, HostPortRange range) {
        this.range = range;
        this.clients = clients;
        this.calls = calls;
    }

    /**
     * Returns the container of this name, created now or by an earlier call of the same command. The engine reserves a name
     * shortly before its container can be inspected, and longer where the process that asked for it was killed; until then
     * the call is repeated.
     */
    Future<EngineContainer> create(ContainerPlan plan) {
        return calls.repeat(last -> calls.quick("create the container", () -> {
            try {
                return Optional.of(DockerViews.inspect(clients.quick(), make(plan)));
            } catch (ConflictException taken) {
                return adopt(plan, taken, last);
            }
        }));
    }

    private Optional<EngineContainer> adopt(ContainerPlan plan, ConflictException taken, boolean last) {
        EngineContainer there;
        try {
            there = DockerViews.inspect(clients.quick(), plan.name());
        } catch (NotFoundException unseen) {
            if (last) {
                throw taken;
            }
            return Optional.empty();
        }
        if (plan.commandId().equals(there.label(ContainerLabels.COMMAND))
                && plan.specHash().equals(there.label(ContainerLabels.SPEC_HASH))) {
            return Optional.of(there);
        }
        throw new CommandFailure(
                ErrorCategory.CONFLICT,
                "container " + plan.name() + " exists and is not what this command makes; remove it by hand");
    }

    private String make(ContainerPlan plan) {
        var spec = plan.spec();
        var command = clients.quick()
                .createContainerCmd(ImageNames.withTag(spec.image()))
                .withName(plan.name())
                .withLabels(plan.labels())
                .withEnv(DockerRequests.environment(plan))
                .withExposedPorts(DockerRequests.exposedPorts(spec))
                .withHostConfig(DockerRequests.hostConfig(plan, range.text()));
        if (spec.command() != null && !spec.command().isEmpty()) {
            command.withCmd(spec.command());
        }
        if (spec.entrypoint() != null && !spec.entrypoint().isEmpty()) {
            command.withEntrypoint(spec.entrypoint());
        }
        if (spec.user() != null) {
            command.withUser(spec.user());
        }
        if (plan.job() != null) {
            command.withWorkingDir(plan.job().workDir());
            if (plan.job().reads()) {
                // who gives it something is gone, also killed: then it has read all
                command.withStdinOpen(true).withStdInOnce(true);
            }
        } else if (spec.workDir() != null) {
            command.withWorkingDir(spec.workDir());
        }
        if (spec.stopSignal() != null) {
            command.withStopSignal(spec.stopSignal());
        }
        if (spec.healthCheck() != null) {
            command.withHealthcheck(DockerRequests.healthCheck(spec.healthCheck()));
        }
        return command.exec().getId();
    }
}
