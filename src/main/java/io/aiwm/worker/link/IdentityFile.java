package io.aiwm.worker.link;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The worker's identity, and the file that keeps it for the next start. Used on the link's context only. */
final class IdentityFile {
    private static final Logger LOG = LoggerFactory.getLogger(IdentityFile.class);

    private final Vertx vertx;
    private final Path file;
    private volatile Identity current;
    /** As the file has it; null: not known. */
    private Identity kept;

    IdentityFile(Vertx vertx, Path file, Identity current) {
        this.vertx = vertx;
        this.file = file;
        this.current = current;
    }

    /** May be called from any thread. */
    Identity get() {
        return current;
    }

    /**
     * Changes what is not null, and writes the file: also with the token that the worker was started with, now that a
     * controller has accepted it, so that the next start needs none. Completes when the file is written, and fails where it
     * cannot be.
     */
    Future<?> change(String id, String token) {
        current = current.with(id, token);
        if (current.equals(kept)) {
            return Future.succeededFuture();
        }
        Identity known = current;
        kept = known;
        return vertx.executeBlocking(() -> {
                    known.store(file);
                    return null;
                })
                .onFailure(cause -> {
                    kept = null;
                    LOG.error(
                            "{} cannot be written, the next start will not know its node token: {}",
                            file,
                            cause.toString());
                });
    }
}
