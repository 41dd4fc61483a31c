package io.aiwm.controller.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigLoader;
import io.aiwm.controller.model.estimate.CorrectedEstimate;
import io.aiwm.controller.model.estimate.EngineKind;
import io.aiwm.controller.model.estimate.EstimateRequest;
import io.aiwm.controller.model.estimate.EstimateRequestBuilder;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.Pieces;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.MetricsContainerStatsBuilder;
import io.aiwm.testing.GgufWriter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What replicas were seen to use corrects estimates of the same setup, over a real store. */
@Timeout(60)
class MeasuredUsesTest {
    private static final long MIB = 1 << 20;
    private static final EstimateRequest PLAIN =
            EstimateRequestBuilder.builder().context(2_048).build();

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final Config config = ConfigLoader.of(Config.Mode.CONTROLLER, new HashMap<>());
    private SqliteStore store;
    private LocalObjectStore objects;
    private ModelServices services;
    private ModelEstimates estimates;
    private ModelVersion version;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(Models.collections()).await();
        objects = new LocalObjectStore(vertx, folder.resolve("objects"));
        objects.open().await();
        begin();
        Model model = services.models()
                .create("model_tiny", new ModelRequest("tiny", null, null, null, null), "ada")
                .await();
        version = services.models().addVersion(model, null, "ada").await();
        var sent = new ModelContent.Sent("a.gguf", null, -1, "ada");
        Buffer bytes = Buffer.buffer(GgufWriter.llama().toBytes());
        services.content().put(version, sent, Pieces.of(vertx, bytes, 1)).await();
        version = services.content().commit(version).await();
    }

    /** A controller that knows what is stored and nothing else. */
    private void begin() {
        services = new ModelServices(
                vertx, store, objects, InstantSource.system(), config.models(), true, ModelUsers.NOBODY);
        estimates =
                new ModelEstimates(new Scheduler(config.scheduler(), InstantSource.system(), true), services.uses());
    }

    @AfterEach
    void close() {
        objects.close().await();
        store.close().await();
        vertx.close().await();
    }

    private void observed(EstimateRequest request, long host, Long... gpus) {
        services.uses().observed(version.id(), request, host, List.of(gpus)).await();
    }

    private CorrectedEstimate estimate(EstimateRequest request) {
        return estimates.estimated(version, request).await();
    }

    /** How often what is stored of the only setup was written. */
    private long writes() {
        return store.find(
                        "modelUses",
                        Query.where(Query.Condition.eq("versionId", version.id()))
                                .limit(10))
                .await()
                .documents()
                .get(0)
                .version();
    }

    @Test
    void the_highest_use_corrects_the_estimate_of_its_setup_also_after_a_restart() {
        long estimated = estimate(PLAIN).memoryBytes();
        assertThat(estimate(PLAIN).measured()).isNull();
        observed(PLAIN, estimated + 50 * MIB);
        observed(PLAIN, estimated + 20 * MIB);
        begin();
        CorrectedEstimate corrected = estimate(PLAIN);
        assertThat(corrected.memoryBytes()).isEqualTo(estimated + 50 * MIB);
        assertThat(corrected.estimated().memoryBytes()).isEqualTo(estimated);
        assertThat(corrected.measured().memoryBytes()).isEqualTo(estimated + 50 * MIB);
        JsonObject shown = estimates.shown(version, corrected, null);
        assertThat(shown.getJsonObject("measured").getLong("memoryBytes")).isEqualTo(estimated + 50 * MIB);
        assertThat(shown.getJsonObject("estimated").getLong("memoryBytes")).isEqualTo(estimated);
        var other = EstimateRequestBuilder.builder().context(4_096).build();
        assertThat(estimate(other).measured()).isNull();
    }

    @Test
    void defaults_are_the_same_setup_as_what_they_stand_for() {
        observed(PLAIN, 5_000 * MIB);
        var written = EstimateRequestBuilder.builder()
                .engine(EngineKind.llamacpp)
                .context(2_048)
                .parallel(1)
                .batch(512)
                .flashAttention(true)
                .build();
        assertThat(estimate(written).memoryBytes()).isEqualTo(5_000 * MIB);
    }

    @Test
    void only_what_is_much_higher_is_written() {
        observed(PLAIN, 5_000 * MIB);
        assertThat(writes()).isEqualTo(1);
        for (int i = 1; i < 8; i++) {
            observed(PLAIN, (5_000 + i) * MIB);
        }
        assertThat(writes()).isEqualTo(1);
        observed(PLAIN, 5_008 * MIB);
        assertThat(writes()).isEqualTo(2);
        assertThat(estimate(PLAIN).memoryBytes()).isEqualTo(5_008 * MIB);
    }

    @Test
    void gpus_are_corrected_one_by_one_but_not_of_engines_that_take_what_they_are_told() {
        var two = EstimateRequestBuilder.builder()
                .context(2_048)
                .gpus(EstimateRequest.Gpus.of(2))
                .build();
        observed(two, MIB, 9_000 * MIB, 7_000 * MIB);
        observed(two, MIB, 8_000 * MIB, 8_000 * MIB);
        assertThat(estimate(two).gpuMemoryBytes()).containsExactly(9_000 * MIB, 8_000 * MIB);
        var vllm = EstimateRequestBuilder.builder()
                .engine(EngineKind.vllm)
                .context(2_048)
                .gpus(EstimateRequest.Gpus.of(1))
                .build();
        long estimated = estimate(vllm).gpuMemoryBytes().get(0);
        observed(vllm, 90_000 * MIB, 70_000 * MIB);
        assertThat(estimate(vllm).gpuMemoryBytes()).containsExactly(estimated);
        assertThat(estimate(vllm).memoryBytes()).isEqualTo(90_000 * MIB);
    }

    @Test
    void it_is_forgotten_with_its_version_and_bounded() {
        for (int i = 1; i <= MeasuredUses.MOST_SETUPS + 3; i++) {
            observed(EstimateRequestBuilder.builder().context(i).build(), i * MIB);
        }
        assertThat(store.count("modelUses", List.of()).await()).isEqualTo(MeasuredUses.MOST_SETUPS);
        services.models()
                .deleteVersion(services.models().get("tiny").await(), "1", false)
                .await();
        assertThat(store.count("modelUses", List.of()).await()).isZero();
        observed(PLAIN, 5_000 * MIB);
        assertThat(store.count("modelUses", List.of()).await()).isZero();
    }

    private static ContainerStats sample(String container, Long host, Long gpus) {
        return MetricsContainerStatsBuilder.builder()
                .deploymentId("dep_1")
                .containerId(container)
                .memoryUsedBytes(host)
                .gpuMemoryUsedBytes(gpus)
                .gpuProcessBytes(gpus)
                .build();
    }

    @Test
    void what_others_use_on_the_gpus_of_a_container_is_not_booked_on_its_model() {
        var one = EstimateRequestBuilder.builder()
                .context(2_048)
                .gpus(EstimateRequest.Gpus.of(1))
                .build();
        List<Long> estimated = estimate(one).gpuMemoryBytes();
        var samples = new ReplicaUses(
                services.uses(),
                (deployment, container) -> Future.succeededFuture(new ReplicaUses.Served("model_tiny", 1, one)),
                InstantSource.system());
        samples.sampled(MetricsContainerStatsBuilder.builder(sample("c1", 5_000 * MIB, null))
                .gpuMemoryUsedBytes(70_000 * MIB)
                .build());
        await().untilAsserted(() -> assertThat(estimate(one).memoryBytes()).isEqualTo(5_000 * MIB));
        assertThat(estimate(one).gpuMemoryBytes()).isEqualTo(estimated);
    }

    @Test
    void samples_of_a_container_count_for_what_it_serves_which_is_asked_once() {
        var two = EstimateRequestBuilder.builder()
                .context(2_048)
                .gpus(EstimateRequest.Gpus.of(2))
                .build();
        var asked = new ArrayList<String>();
        var now = new AtomicReference<>(Instant.parse("2026-11-27T10:00:00Z"));
        var samples = new ReplicaUses(
                services.uses(),
                (deployment, container) -> {
                    asked.add(deployment + " " + container);
                    return Future.succeededFuture(
                            container.equals("c1") ? new ReplicaUses.Served("model_tiny", 1, two) : null);
                },
                now::get);
        samples.sampled(sample("c1", null, null));
        assertThat(asked).isEmpty();
        samples.sampled(sample("c1", 4_000 * MIB, 9_000 * MIB));
        await().untilAsserted(
                        () -> assertThat(estimate(two).gpuMemoryBytes()).containsExactly(4_500 * MIB, 4_500 * MIB));
        samples.sampled(sample("c1", 5_000 * MIB, 9_000 * MIB));
        await().untilAsserted(() -> assertThat(estimate(two).memoryBytes()).isEqualTo(5_000 * MIB));
        samples.sampled(sample("c2", 9_000 * MIB, null));
        samples.sampled(sample("c2", 9_000 * MIB, null));
        assertThat(asked).containsExactly("dep_1 c1", "dep_1 c2");
        now.set(now.get().plusSeconds(61));
        samples.sampled(sample("c2", 9_000 * MIB, null));
        assertThat(asked).endsWith("dep_1 c2", "dep_1 c2");
        assertThat(estimate(two).memoryBytes()).isEqualTo(5_000 * MIB);
    }
}
