package io.aiwm.controller.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.RetrySelection;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.TransferProgress;
import io.aiwm.testing.Hub.Fault;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Models are fetched from a hub that misbehaves, by controllers that come and go. */
class ModelDownloadsTest extends DownloadRig {
    /** Ends it without a word: what it was at work on stays as it is. */
    private void kill() {
        store.close().await(); // as for who is killed: whatever it writes from now on is not done
        process.close().await();
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

    private List<String> pointers(DownloadRequest wanted) {
        try {
            wanted.refuse();
            throw new AssertionError("was not refused");
        } catch (Failure refused) {
            return refused.errors.stream().map(Failure.FieldError::pointer).toList();
        }
    }
}
