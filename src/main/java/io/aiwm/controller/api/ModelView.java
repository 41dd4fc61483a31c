package io.aiwm.controller.api;

import io.aiwm.common.Json;
import io.aiwm.controller.model.Model;
import io.aiwm.controller.model.ModelVersion;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.protocol.TransferProgress;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Models and their versions as the API shows them: the records, without what is stored only to be asked for. */
final class ModelView {
    private static final List<String> INNER = List.of("phase", "searchText", "deleting", "updatedAtMs");

    private ModelView() {}

    static JsonObject of(Model model) {
        return shown(Json.toObject(model));
    }

    static JsonObject of(ModelVersion version) {
        JsonObject all = shown(Json.toObject(version));
        all.put("fileCount", version.files().size());
        if (version.source() != null) {
            all.put("source", SecretValues.masked(version.source())); // a query may be a signature
        }
        return all;
    }

    /** @param progress of its download; null: none */
    static JsonObject of(ModelVersion version, TransferProgress progress) {
        JsonObject all = of(version);
        return progress == null ? all : all.put("transfer", Json.toObject(progress));
    }

    /** Without the files, of which there may be many. */
    static JsonObject inList(ModelVersion version) {
        JsonObject all = of(version);
        all.remove("files");
        return all;
    }

    static JsonArray files(ModelVersion version) {
        return Json.toArray(version.files());
    }

    private static JsonObject shown(JsonObject record) {
        INNER.forEach(record::remove);
        return record;
    }
}
