package io.aiwm.controller;

import io.aiwm.common.Failure;
import io.aiwm.controller.api.SignedObjects;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.http.HealthCheck;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Mount;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.objects.S3ObjectStore;
import io.aiwm.controller.objects.SignedUrls;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Records and files: the health of the store, the bytes of files, the keys that make creations repeatable. */
final class StoragePart implements Part {
    final ObjectStore objects;
    /** Serve what is in a folder; an S3 server serves its objects itself. */
    final List<Mount> mounts;

    final Files files;
    final IdempotencyKeys keys;
    private final PartContext basis;

    StoragePart(PartContext basis) {
        this.basis = basis;
        var urls = new SignedUrls(basis.secrets().jwtKey(), basis.clock());
        objects = objectsOf(basis, urls);
        mounts = objects instanceof LocalObjectStore ? List.of(new SignedObjects(objects, urls).mount()) : List.of();
        files = new Files(
                basis.vertx(),
                basis.store(),
                objects,
                basis.clock(),
                basis.config().jobs());
        keys = new IdempotencyKeys(basis.store(), basis.clock());
    }

    private static ObjectStore objectsOf(PartContext basis, SignedUrls urls) {
        var settings = basis.config().objectStorage();
        return settings.endpoint() == null
                ? new LocalObjectStore(basis.vertx(), settings.folder(), urls)
                : new S3ObjectStore(basis.vertx(), settings);
    }

    @Override
    public List<Collection> collections() {
        return List.of(Files.COLLECTION, IdempotencyKeys.COLLECTION);
    }

    @Override
    public List<Sweep> sweeps() {
        var sweeps = new ArrayList<>(List.of(
                new Sweep("files nobody wants", Duration.ofMinutes(10), files::run),
                new Sweep("idempotency keys of yesterday", Duration.ofMinutes(10), keys::run)));
        if (!basis.alone()) {
            sweeps.add(new Sweep("files whose place is not noted", Duration.ofMinutes(1), files::note));
        }
        return sweeps;
    }

    @Override
    public List<HealthCheck> checks() {
        return List.of(
                new HealthCheck(
                        "store", true, () -> basis.store().ping().map(alive -> new JsonObject().put("kind", kind()))),
                new HealthCheck("records", false, this::records));
    }

    private String kind() {
        return basis.config().storage().isEmbedded() ? "sqlite" : "mongodb";
    }

    private Future<JsonObject> records() {
        var unreadable = basis.store().unreadable();
        return unreadable.count() == 0
                ? Future.succeededFuture(new JsonObject())
                : Future.failedFuture(new Failure(
                        Failure.Kind.INTERNAL,
                        unreadable.count() + " stored records cannot be read and are left out: "
                                + String.join(", ", unreadable.names(20))));
    }
}
