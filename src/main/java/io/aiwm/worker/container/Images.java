package io.aiwm.worker.container;

import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;

/** Sees to it that the engine has what a container is made of: its image and its runtime. */
final class Images {
    /** A pull is this share of the command, in percent. */
    private static final int SHARE = 60;

    private final Engine engine;

    Images(Engine engine) {
        this.engine = engine;
    }

    /** Succeeds when a container of this spec can be made; pulls the image where its policy says so. */
    Future<Void> provide(ContainerSpec spec, Command command) {
        return runtime(spec.runtime()).compose(known -> image(spec, command));
    }

    private Future<Void> runtime(String runtime) {
        if (runtime == null) {
            return Future.succeededFuture();
        }
        return engine.info().compose(info -> {
            if (info.runtimes().contains(runtime)) {
                return Future.succeededFuture();
            }
            return Future.failedFuture(new CommandFailure(CommandError.of(
                            ErrorCategory.INVALID,
                            "spec.runtime " + runtime + " is not on this node; there are "
                                    + String.join(", ", info.runtimes()))
                    .onThisNode()));
        });
    }

    private Future<Void> image(ContainerSpec spec, Command command) {
        String policy = spec.pullPolicy() == null ? "missing" : spec.pullPolicy();
        if (policy.equals("always")) {
            return pull(spec, command);
        }
        return engine.imageId(ImageNames.withTag(spec.image())).compose(id -> {
            if (id.isPresent()) {
                return Future.succeededFuture();
            }
            if (policy.equals("never")) {
                return Future.failedFuture(new CommandFailure(new CommandError(
                        ErrorCategory.IMAGE_PULL,
                        "this node does not have image " + spec.image()
                                + " and pullPolicy is never; load it, or use missing",
                        false,
                        true)));
            }
            return pull(spec, command);
        });
    }

    private Future<Void> pull(ContainerSpec spec, Command command) {
        var auth = spec.registryAuth();
        if (auth != null && auth.password() == null && auth.secret() != null) {
            return Future.failedFuture(new CommandFailure(CommandError.of(
                    ErrorCategory.IMAGE_PULL,
                    "cannot pull image " + spec.image() + ": stored secret " + auth.secret()
                            + " does not exist any more, or cannot be read; set it and try again")));
        }
        command.progress().accept(0, "pulling " + spec.image());
        return engine.pull(
                spec.image(),
                spec.registryAuth(),
                (percent, words) -> command.progress().accept(percent * SHARE / 100, words),
                command.cancelled());
    }
}
