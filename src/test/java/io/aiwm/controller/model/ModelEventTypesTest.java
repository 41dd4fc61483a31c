package io.aiwm.controller.model;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.Sha256;
import io.aiwm.controller.ToldEvents;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.objects.Pieces;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.testing.Hub;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each type of event of a model, by what makes it. */
@Timeout(60)
class ModelEventTypesTest {
    private static final byte[] WEIGHTS = new byte[1_000];

    @TempDir
    Path folder;

    private Fleet fleet;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private Models models() {
        return fleet.models.models();
    }

    private Model model() {
        return await(models().get("tiny"));
    }

    private ModelVersion version(int number) {
        return await(models().version(model(), String.valueOf(number)));
    }

    @Test
    void each_type_is_told() {
        try (var events = new ToldEvents(fleet.store, folder, Set.of(Models.COLLECTION.name()), "model.")) {
            events.tells(() -> await(models().create("model_1", request(null), "ada")), "model.created");
            events.tells(() -> await(models().replace("tiny", request("small"), null)), "model.updated");
            events.tells(() -> await(models().addVersion(model(), null, "ada")), "model.pending");
            events.tells(this::upload, "model.uploading");
            events.tells(() -> await(fleet.models.content().commit(version(1))), "model.verifying", "model.ready");
            events.tells(() -> await(models().moveAlias("tiny", "stable", 1)), "model.updated");
            events.tells(() -> await(models().addVersion(model(), null, "ada")), "model.pending");
            events.tells(() -> await(models().deleteVersion(model(), "2", true)), "model.updated");
            events.tells(() -> await(models().delete("tiny", true, null)), "model.deleting", "model.deleted");
            events.tells(this::download, "model.created", "model.pending", "model.downloading", "model.failed!");
            events.areAllThatAreDocumented();
        }
    }

    private static ModelRequest request(String description) {
        return new ModelRequest("tiny", description, null, List.of(), null);
    }

    /** From where there is nothing. */
    private void download() {
        var hub = new Hub(fleet.vertx);
        var config = new Config.Models(
                10_000_000, 0, 0, URI.create(hub.url()), null, List.of("127.0.0.1"), Duration.ofDays(1));
        var secrets =
                new StoredSecrets(fleet.vertx, fleet.store, fleet.now::get, new SecretCipher(new byte[32], List.of()));
        var wanted = DownloadRequestBuilder.builder()
                .name("fetched")
                .urls(List.of(new DownloadRequest.Source(hub.url() + "/nothing", "model.gguf", null, null)))
                .build();
        ModelDownloads downloads = fleet.models.downloads(fleet.vertx, fleet.executions, secrets, config);
        await(downloads.begin(ModelDownloads.newId(), wanted, "ada"));
        await().until(() -> await(models().get("fetched")).newest().state() == ModelState.FAILED);
        hub.close();
    }

    private void upload() {
        var sent = new ModelContent.Sent("model.gguf", Sha256.hex(WEIGHTS), WEIGHTS.length, "ada");
        await(fleet.models.content().put(version(1), sent, Pieces.of(fleet.vertx, Buffer.buffer(WEIGHTS), 1)));
    }
}
