package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.model.hub.Hub;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ModelFile;
import io.aiwm.protocol.ModelSource;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Adds to each {@code model.cache} and {@code model.download} of a version its files, each with a URL of the object store that
 * is signed at this moment, and where it was published. Nothing of that is stored: the URLs are secrets, and expire.
 */
public final class ModelSources {
    /** So many files of a version reach a node: their sources must fit into one message. */
    public static final int MOST_FILES = 400;
    /** Above it a message has no room for where files were published. */
    private static final int MOST_WITH_ORIGIN = 200;
    /** Longer than the peers that come first may take to fail. */
    private static final Duration EXPIRES = Duration.ofHours(12);

    private final ModelRecords records;
    private final Blobs blobs;
    private final ObjectStore objects;

    ModelSources(ModelRecords records, Blobs blobs, ObjectStore objects) {
        this.records = records;
        this.blobs = blobs;
        this.objects = objects;
    }

    /** The data of a command with files and sources; unchanged where it names no version of a model. */
    public Future<JsonObject> added(String command, JsonObject data) {
        boolean model = CommandNames.MODEL_CACHE.equals(command) || CommandNames.MODEL_DOWNLOAD.equals(command);
        if (!model || !(data.getValue(ModelOnNodes.VERSION_ID) instanceof String versionId)) {
            return Future.succeededFuture(data);
        }
        JsonObject sent = data.copy();
        sent.remove(ModelOnNodes.VERSION_ID);
        sent.remove(ModelOnNodes.DIGEST);
        return records.version(versionId)
                .compose(this::files)
                .map(files -> sent.put("files", files))
                // it was deleted meanwhile: a node that has it still says so, any other says that it is nowhere
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(sent)
                        : Future.failedFuture(cause));
    }

    private Future<JsonArray> files(ModelVersion version) {
        Future<JsonArray> all = Future.succeededFuture(new JsonArray());
        for (ModelVersion.File file : version.files()) {
            all = all.compose(before -> sources(version, file)
                    .map(sources -> before.add(
                            Json.toObject(new ModelFile(file.path(), file.sha256(), file.sizeBytes(), sources)))));
        }
        return all;
    }

    private Future<List<ModelSource>> sources(ModelVersion version, ModelVersion.File file) {
        var all = new ArrayList<ModelSource>();
        return blobs.get(file.sha256())
                .compose(blob -> objects.place().equals(blob.place())
                        ? objects.signedUrl(blob.key(), new ObjectStore.UrlRequest(EXPIRES, null, null, null))
                                .map(signed -> all.add(source(ModelSource.Kind.store, signed.url())))
                        : Future.succeededFuture())
                .map(added -> {
                    String origin = version.files().size() > MOST_WITH_ORIGIN ? null : origin(version, file.path());
                    if (origin != null) {
                        all.add(source(ModelSource.Kind.origin, origin));
                    }
                    return all;
                });
    }

    private static ModelSource source(ModelSource.Kind kind, String url) {
        return new ModelSource(kind, url, null, null);
    }

    /** Where the file was published; null: it was uploaded. No token goes there: nodes have none. */
    private static String origin(ModelVersion version, String path) {
        if (version.source() == null) {
            return null;
        }
        DownloadRequest wanted = Json.decode(version.source().encode(), DownloadRequest.class);
        String commit = version.source().getString("commit");
        String endpoint = version.source().getString("endpoint");
        if (wanted.repo() != null) {
            return commit == null || endpoint == null
                    ? null
                    : Hub.fileUrl(URI.create(endpoint), wanted.repo(), commit, path)
                            .toString();
        }
        return wanted.urls().stream()
                .filter(source -> path.equals(source.pathOrLast()))
                .map(source -> source.url().strip())
                .findFirst()
                .orElse(null);
    }
}
