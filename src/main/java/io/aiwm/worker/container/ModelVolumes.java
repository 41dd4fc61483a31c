package io.aiwm.worker.container;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.ModelCommand;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import java.util.List;

/** The models of this node's cache as containers mount them. */
public interface ModelVolumes {

    /** For a worker that keeps none. */
    ModelVolumes NONE = (models, command) ->
            Future.failedFuture(new CommandFailure(ErrorCategory.INVALID, "spec.volumes: this worker has no models"));

    /**
     * Sees to it that the models are here, and waits for those that come. They stay until the container that mounts them exists
     * and {@link Provided#release} was run. Fails as {@code model.cache} does.
     */
    Future<Provided> provide(List<ModelCommand> models, Command command);

    /** @param paths of files or folders on this machine, in the order of the models */
    record Provided(List<String> paths, Runnable release) {}
}
