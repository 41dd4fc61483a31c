package io.aiwm.controller.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.RetrySelection;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.secret.SecretValue;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.protocol.TransferProgress;
import io.aiwm.testing.Hub;
import io.aiwm.testing.Hub.Fault;
import io.aiwm.testing.TestSettings;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Models are fetched from a hub that misbehaves, by controllers that come and go. */
@Timeout(60)
class ModelDownloadsTest {
    private static final Pauses SHORT =
            new Pauses(Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofSeconds(20), 4);
    private static final Buffer WEIGHTS = Buffer.buffer("0123456789abcdef".repeat(20_000));
    private static final Buffer CONFIG = Buffer.buffer("{}");

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private Vertx process;
    /** Of the clock of models. */
    private volatile Duration passed = Duration.ZERO;

    private SqliteStore store;
    private LocalObjectStore objects;
    private Hub hub;
    private Config.Models config;
    private Executions executions;
    private ModelServices services;
    private StoredSecrets secrets;
    private ModelDownloads downloads;

    @BeforeEach
    void open() {
        hub = new Hub(vertx)
                .with("model.gguf", WEIGHTS)
                .with("config.json", CONFIG)
                .with("other/model.safetensors", Buffer.buffer("z".repeat(500)));
        config = config(List.of("127.0.0.1"), "hf_token");
        begin();
    }

    private Config.Models config(List<String> allowed, String token) {
        return new Config.Models(10_000_000, 0, 0, URI.create(hub.url()), token, allowed, Duration.ofDays(1));
    }

    /** A controller process, in as far as it has to do with downloads. */
    private void begin() {
        process = Vertx.vertx();
        store = new SqliteStore(process, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        var collections = new ArrayList<>(Models.collections());
        collections.add(Executions.COLLECTION);
        collections.add(StoredSecrets.COLLECTION);
        store.open(collections).await();
        objects = new LocalObjectStore(process, folder.resolve("objects"));
        objects.open().await();
        executions = new Executions(
                store,
                wish -> Placer.PlacementResult.later("there is no node"),
                InstantSource.system(),
                TestSettings.executions().maxSteps(10).maxOpen(100).build(),
                true);
        executions.prepare().await();
        services = new ModelServices(
                process, store, objects, () -> Instant.now().plus(passed), config, true, ModelUsers.NOBODY);
        secrets = new StoredSecrets(process, store, InstantSource.system(), new SecretCipher(new byte[32], List.of()));
        downloads = services.downloads(process, executions, secrets, config, SHORT);
    }

    /** Ends it without a word: what it was at work on stays as it is. */
    private void kill() {
        store.close().await(); // as for who is killed: whatever it writes from now on is not done
        process.close().await();
    }

    @AfterEach
    void close() {
        objects.close().await();
        store.close().await();
        process.close().await();
        hub.close();
        vertx.close().await();
    }

    private static DownloadRequest repo(List<String> include, List<String> exclude) {
        return DownloadRequestBuilder.builder()
                .task(Task.TEXT_GENERATION)
                .repo("org/tiny")
                .include(include)
                .exclude(exclude)
                .alias("stable")
                .build();
    }

    private static DownloadRequest url(String url, String sha256) {
        return url(url, sha256, null);
    }

    private static DownloadRequest url(String url, String sha256, String secret) {
        return DownloadRequestBuilder.builder()
                .name("fetched")
                .urls(List.of(new DownloadRequest.Source(
                        url, "model.gguf", sha256, secret == null ? null : new SecretRef(secret))))
                .build();
    }

    private Execution ended(ModelDownloads.Begun begun) {
        return ended(begun.execution().id());
    }

    private Execution ended(String id) {
        return await().atMost(Duration.ofSeconds(30))
                .until(() -> executions.get(id).await(), one -> one.status().isFinal());
    }

    private ModelDownloads.Begun begin(DownloadRequest wanted) {
        return downloads.begin(ModelDownloads.newId(), wanted, "ada").await();
    }

    private ModelVersion version(ModelDownloads.Begun begun) {
        Model model = services.models().get(begun.version().modelId()).await();
        return services.models().version(model, "" + begun.version().number()).await();
    }

    private ModelVersion ready(DownloadRequest wanted) {
        var begun = begin(wanted);
        Execution ended = ended(begun);
        assertThat(ended.status()).as("" + ended.error()).isEqualTo(ExecutionState.COMPLETED);
        ModelVersion version = version(begun);
        assertThat(version.state()).isEqualTo(ModelState.READY);
        return version;
    }

    private String failed(DownloadRequest wanted) {
        var begun = begin(wanted);
        Execution ended = ended(begun);
        assertThat(ended.status()).isEqualTo(ExecutionState.FAILED);
        ModelVersion version = version(begun);
        assertThat(version.state()).isEqualTo(ModelState.FAILED);
        assertThat(version.reason()).isEqualTo(ended.error().message());
        return version.reason();
    }

    private void hasWeights(ModelVersion version) {
        Buffer read = services.content()
                .open(version.file("model.gguf"), 0, -1)
                .compose(content -> content.whole())
                .await();
        assertThat(Sha256.hex(read.getBytes())).isEqualTo(Sha256.hex(WEIGHTS.getBytes()));
    }

    @Test
    void a_repository_becomes_a_version_that_is_ready_and_pinned_to_its_commit() {
        ModelVersion version = ready(repo(List.of(), List.of()));
        assertThat(version.files())
                .extracting(ModelVersion.File::path)
                .containsExactly("config.json", "model.gguf", "other/model.safetensors");
        assertThat(version.source().getString("commit")).isEqualTo("a".repeat(40));
        hasWeights(version);
        Model model = services.models().get("org/tiny").await();
        assertThat(model.aliases()).containsEntry("stable", 1);
        assertThat(executions.get(version.executionId()).await().category()).isEqualTo("model");
        assertThat(hub.credentials).contains("hub Bearer hf_token", "storage null");
        assertThat(hub.credentials).doesNotContain("storage Bearer hf_token");
    }

    @Test
    void globs_choose_files_and_content_that_is_stored_is_not_fetched_again() {
        ready(repo(List.of("*.gguf"), List.of()));
        int before = hub.ranges.size();
        ModelVersion again = ready(repo(List.of("*.gguf", "*.json"), List.of("config*")));
        assertThat(again.files()).extracting(ModelVersion.File::path).containsExactly("model.gguf");
        assertThat(hub.ranges).hasSize(before);
        hasWeights(again);
        assertThat(failed(repo(List.of("*.bin"), List.of()))).contains("nothing");
    }

    @Test
    void what_breaks_off_or_is_cut_goes_on_by_range() {
        hub.faults.addAll(List.of(Fault.BREAKS_OFF, Fault.TRUNCATED, Fault.AWAY, Fault.NO_RANGES));
        hasWeights(ready(repo(List.of("model.gguf"), List.of())));
        assertThat(hub.ranges).anyMatch(range -> range.startsWith("bytes="));
        assertThat(hub.ranges).hasSizeGreaterThan(3);
    }

    @Test
    void how_far_it_is_stands_in_fields_of_the_step_until_it_has_ended() {
        hub.faults.add(Fault.BREAKS_OFF);
        for (int i = 0; i < 20; i++) {
            hub.faults.add(Fault.LIMITED);
        }
        var begun = begin(repo(List.of("model.gguf"), List.of()));
        TransferProgress told = await().until(
                        () -> downloads.progress(version(begun)).await(), now -> now != null && now.bytesDone() > 0);
        assertThat(told.bytesTotal()).isEqualTo(WEIGHTS.length());
        assertThat(told.bytesDone()).isLessThan(WEIGHTS.length());
        assertThat(told.file())
                .isEqualTo(new TransferProgress.File("model.gguf", told.bytesDone(), (long) WEIGHTS.length()));
        hub.faults.clear();
        assertThat(ended(begun).steps().get(0).transfer()).isNull();
        assertThat(downloads.progress(version(begun)).await()).isNull();
    }

    @Test
    void a_version_whose_execution_is_gone_does_not_wait_for_ever() {
        for (int i = 0; i < 20; i++) {
            hub.faults.add(Fault.LIMITED);
        }
        var begun = begin(repo(List.of("model.gguf"), List.of()));
        await().until(() -> !hub.ranges.isEmpty());
        passed = Duration.ofMinutes(11);
        downloads.orphans().await();
        assertThat(version(begun).state()).isEqualTo(ModelState.DOWNLOADING);
        kill();
        begin();
        store.deleteWhere(
                        Executions.COLLECTION.name(),
                        Query.where(Query.Condition.eq("id", begun.execution().id()))
                                .limit(1))
                .await();
        downloads.orphans().await();
        assertThat(version(begun).state()).isEqualTo(ModelState.FAILED);
        assertThat(version(begun).reason()).isEqualTo("its download is gone");
    }

    @Test
    void a_server_that_wants_to_be_left_alone_is_waited_for() {
        hub.faults.add(Fault.LIMITED);
        long began = System.nanoTime();
        hasWeights(ready(repo(List.of("model.gguf"), List.of())));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(950));
    }

    @Test
    void a_server_that_never_gives_anything_is_given_up() {
        for (int i = 0; i < 50; i++) {
            hub.faults.add(Fault.AWAY);
        }
        assertThat(failed(repo(List.of("model.gguf"), List.of()))).contains("503");
        assertThat(hub.ranges).hasSize(SHORT.most() + 1);
    }

    @Test
    void a_wrong_checksum_is_tried_once_more_and_then_refused() {
        hub.faults.add(Fault.OTHER_BYTES);
        hasWeights(ready(repo(List.of("model.gguf"), List.of())));
        services.models().delete("org/tiny", true, null).await();
        hub.faults.addAll(List.of(Fault.OTHER_BYTES, Fault.OTHER_BYTES));
        assertThat(failed(repo(List.of("model.gguf"), List.of()))).contains("sha256");
        assertThat(objects.list("models/", null, 10).await().objects()).isEmpty();
        assertThat(objects.pendingUploads("models/", 10).await()).isEmpty();
    }

    @Test
    void a_revision_that_moves_meanwhile_changes_nothing_and_another_commit_is_refused() {
        hub.faults.add(Fault.LIMITED);
        var begun = begin(repo(List.of("model.gguf"), List.of()));
        await().until(() -> !hub.ranges.isEmpty());
        hub.commit = "b".repeat(40);
        hub.with("model.gguf", Buffer.buffer("other".repeat(100)));
        assertThat(ended(begun).status()).isEqualTo(ExecutionState.COMPLETED);
        hasWeights(version(begun));
        hub.faults.add(Fault.OTHER_COMMIT);
        assertThat(failed(repo(List.of("model.gguf"), List.of()))).contains("commit");
    }

    @Test
    void internal_addresses_are_refused_by_name_by_number_and_after_redirects() {
        kill();
        config = config(List.of(), null);
        begin();
        assertThat(failed(repo(List.of(), List.of()))).contains("internal");
        for (String host :
                List.of("localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "0.0.0.0")) {
            assertThat(failed(url("http://" + host + ":1/model.gguf", null)))
                    .as(host)
                    .contains("internal");
        }
        kill();
        config = config(List.of("127.0.0.1"), null);
        begin();
        hub.storageUrl = "http://localhost:1";
        assertThat(failed(repo(List.of("model.gguf"), List.of()))).contains("localhost is an internal address");
    }

    @Test
    void a_url_is_fetched_and_checked() {
        String url = hub.url() + "/org/tiny/resolve/" + "a".repeat(40) + "/model.gguf";
        hasWeights(ready(url(url, Sha256.hex(WEIGHTS.getBytes()))));
        hub.faults.addAll(List.of(Fault.BREAKS_OFF));
        assertThat(failed(url(url, "0".repeat(64)))).contains("sha256");
        assertThat(failed(url(hub.url() + "/nothing", null))).contains("404", "RepoNotFound");
    }

    @Test
    void a_private_repository_without_its_token_says_so() {
        hub.token = "another";
        assertThat(failed(repo(List.of(), List.of())))
                .contains("401", "RepoNotFound", "HF_TOKEN")
                .doesNotContain("hf_token");
    }

    @Test
    void a_controller_that_is_started_after_one_that_was_killed_goes_on_by_range() {
        hub.faults.addAll(List.of(Fault.BREAKS_OFF, Fault.LIMITED, Fault.LIMITED, Fault.LIMITED));
        var begun = begin(repo(List.of("model.gguf"), List.of()));
        await().until(() -> hub.ranges.size() >= 2);
        kill();
        hub.faults.clear();
        int before = hub.ranges.size();
        begin();
        downloads.run().await();
        Execution ended = ended(begun);
        assertThat(ended.status()).as("" + ended.error()).isEqualTo(ExecutionState.COMPLETED);
        hasWeights(version(begun));
        assertThat(hub.ranges.subList(before, hub.ranges.size())).allMatch(range -> range.startsWith("bytes="));
    }

    @Test
    void a_download_that_is_cancelled_ends_and_goes_on_when_it_is_retried() {
        for (int i = 0; i < 20; i++) {
            hub.faults.add(i == 0 ? Fault.BREAKS_OFF : Fault.LIMITED);
        }
        var begun = begin(repo(List.of("model.gguf"), List.of()));
        await().until(() -> hub.ranges.size() >= 2);
        executions.cancel(begun.execution().id(), "not now", "ada").await();
        assertThat(ended(begun).status()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(version(begun).reason()).contains("not now");
        hub.faults.clear();
        int before = hub.ranges.size();
        executions
                .retry(begun.execution().id(), RetrySelection.UNFINISHED, "ada")
                .await();
        assertThat(ended(begun).status()).isEqualTo(ExecutionState.COMPLETED);
        hasWeights(version(begun));
        assertThat(hub.ranges.get(before)).startsWith("bytes=");
    }

    @Test
    void what_cannot_be_fetched_is_refused_at_once() {
        var nothing = DownloadRequestBuilder.builder().build();
        assertThat(pointers(nothing)).contains("/repo", "/name");
        assertThat(pointers(url("ftp://example.com/a", null))).containsExactly("/urls/0/url");
        assertThat(pointers(DownloadRequestBuilder.builder()
                        .name("a")
                        .revision("main")
                        .token(new SecretRef("hf"))
                        .urls(List.of(new DownloadRequest.Source("http://example.com/..%2f", null, null, null)))
                        .build()))
                .contains("/repo", "/token", "/urls/0/path");
    }

    private void set(String name, String value) {
        secrets.put(name, new SecretValue(value, null), "ada", null).await();
    }

    private static DownloadRequest withToken(String secret) {
        return DownloadRequestBuilder.builder(repo(List.of("model.gguf"), List.of()))
                .token(new SecretRef(secret))
                .build();
    }

    @Test
    void the_token_of_a_stored_secret_goes_to_the_hub_alone_and_in_place_of_the_one_that_is_set() {
        set("hf", "hf_stored\n");
        hub.token = "hf_stored";
        ModelVersion version = ready(withToken("hf"));
        hasWeights(version);
        assertThat(hub.credentials).contains("hub Bearer hf_stored", "storage null");
        assertThat(hub.credentials).doesNotContain("storage Bearer hf_stored", "hub Bearer hf_token");
        assertThat(version.source().getJsonObject("token")).isEqualTo(new JsonObject().put("secret", "hf"));
        Execution run = executions.get(version.executionId()).await();
        assertThat(run.steps().get(0).spec().data().getJsonArray("keysFrom")).containsExactly("hf");
        assertThat(Json.encode(run) + Json.encode(version)).doesNotContain("hf_stored");
    }

    @Test
    void a_secret_that_is_replaced_meanwhile_is_read_by_the_next_attempt() {
        set("hf", "hf_one");
        hub.faults.add(Fault.LIMITED);
        var begun = begin(withToken("hf"));
        await().until(() -> !hub.ranges.isEmpty());
        set("hf", "hf_two");
        assertThat(ended(begun).status()).isEqualTo(ExecutionState.COMPLETED);
        assertThat(hub.credentials).contains("hub Bearer hf_one", "hub Bearer hf_two");
        assertThat(hub.credentials.lastIndexOf("hub Bearer hf_two"))
                .isGreaterThan(hub.credentials.lastIndexOf("hub Bearer hf_one"));

        hub.token = "hf_three";
        var refused = begin(withToken("hf"));
        assertThat(ended(refused).error().message()).contains("401", "stored secret");
        set("hf", "hf_three");
        executions
                .retry(refused.execution().id(), RetrySelection.UNFINISHED, "ada")
                .await();
        assertThat(ended(refused).status()).isEqualTo(ExecutionState.COMPLETED);
    }

    @Test
    void the_credential_of_a_url_goes_to_its_host_alone() {
        String path = "/org/tiny/resolve/" + "a".repeat(40) + "/model.gguf";
        set("basic", "Basic YTpi");
        hasWeights(ready(url(hub.url() + path, null, "basic")));
        assertThat(hub.credentials).containsExactly("hub Basic YTpi", "storage null");
        set("two-lines", "a\r\nHost: b");
        assertThat(failed(url(hub.url() + path, null, "two-lines"))).contains("secret two-lines cannot be sent");
    }

    @Test
    void a_secret_that_does_not_exist_or_cannot_be_read_is_refused_by_its_field() {
        assertThat(refused(withToken("nobody"))).isEqualTo("/token/secret: secret nobody does not exist");
        new StoredSecrets(process, store, InstantSource.system(), new SecretCipher(new byte[16], List.of()))
                .put("foreign", new SecretValue("x", null), "ada", null)
                .await();
        assertThat(refused(url("http://example.com/a", null, "foreign")))
                .startsWith("/urls/0/authorization/secret: secret foreign cannot be read");
        assertThat(services.models()
                        .count(new ModelFilter(List.of(), List.of(), List.of(), List.of(), List.of(), null))
                        .await())
                .isZero();
    }

    private String refused(DownloadRequest wanted) {
        try {
            begin(wanted);
            throw new AssertionError("was not refused");
        } catch (Failure refused) {
            assertThat(refused.kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
            return refused.getMessage();
        }
    }

    @Test
    void a_secret_is_not_deleted_while_a_download_uses_it() {
        set("hf", "hf_one");
        for (int i = 0; i < 20; i++) {
            hub.faults.add(Fault.LIMITED);
        }
        var begun = begin(withToken("hf"));
        await().until(() -> !hub.ranges.isEmpty());
        assertThatThrownBy(() -> secrets.delete("hf", "ada", false, null).await())
                .hasMessageContaining("in use by execution", begun.execution().id());
        secrets.delete("hf", "ada", true, null).await();
        assertThat(ended(begun).error().message()).isEqualTo("secret hf does not exist");
        set("hf", "hf_one");
        secrets.delete("hf", "ada", false, null).await();
    }

    private List<String> pointers(DownloadRequest wanted) {
        try {
            wanted.refuse();
            throw new AssertionError("was not refused");
        } catch (Failure refused) {
            return refused.errors.stream().map(Failure.FieldError::pointer).toList();
        }
    }
}
