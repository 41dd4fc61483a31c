package io.aiwm.controller.monitor;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.ConfigRetentionBuilder;
import io.aiwm.common.Json;
import io.aiwm.controller.deployment.DeploymentRequest;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.Pins;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.job.JobRequest;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.FileKind;
import io.aiwm.testing.Spoiled;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RetentionTest {
    private static final Duration NEVER = Duration.ZERO;

    @TempDir
    Path folder;

    private final List<Map<String, Long>> deleted = new ArrayList<>();
    private Fleet fleet;
    private Jobs jobs;
    private Pins pins;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        jobs = new Jobs(fleet.executions, fleet, fleet.files, Fleet.JOBS, RegistryPasswords.WITHOUT_SECRETS);
        pins = new Pins(fleet.store, fleet.executions, fleet.now::get);
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private void run(Duration age, long count, Duration filesAge, long filesCount) {
        var retention = new Retention(
                fleet.executions,
                jobs,
                fleet.files,
                pins,
                fleet.deployments::get,
                fleet.now::get,
                ConfigRetentionBuilder.builder()
                        .executionsAge(age)
                        .executionsCount(count)
                        .filesAge(filesAge)
                        .filesCount(filesCount)
                        .build(),
                1);
        retention.onDeleted(deleted::add);
        await(retention.run());
    }

    @Test
    void what_was_deleted_is_counted_by_its_kind() {
        execution();
        execution();
        job();
        pass(Duration.ofDays(2));
        run(Duration.ofDays(1), 0, NEVER, 0);
        assertThat(deleted).containsExactly(Map.of("executions", 2L, "jobs", 1L));
        job();
        pass(Duration.ofDays(2));
        run(NEVER, 0, Duration.ofDays(1), 0);
        run(NEVER, 0, Duration.ofDays(1), 0);
        assertThat(deleted).hasSize(2).endsWith(Map.of("files", 1L));
    }

    private void pass(Duration time) {
        fleet.now.updateAndGet(now -> now.plus(time));
    }

    private String openJob() {
        var request = Json.decode("{\"image\":\"busybox\"}", JobRequest.class);
        return await(jobs.create(io.aiwm.common.Ids.next(Jobs.PREFIX), request, "ada"))
                .id();
    }

    private String job() {
        String id = openJob();
        fleet.work(id);
        fleet.kept(id, 1, FileKind.log, "said");
        return id;
    }

    private String execution() {
        var step = StepSpecBuilder.builder()
                .index(0)
                .name("s")
                .command("system.healthCheck")
                .dependsOn(List.of())
                .maxRetries(0)
                .build();
        var what = NewExecutionBuilder.builder()
                .name("x")
                .start(true)
                .steps(List.of(step))
                .build();
        String id = await(fleet.executions.create(what, "ada")).id();
        fleet.work(id);
        return id;
    }

    private List<String> left() {
        return await(fleet.executions.find(Query.all())).items().stream()
                .map(Execution::id)
                .toList();
    }

    private long files() {
        return await(fleet.files.count());
    }

    @Test
    void what_ended_long_ago_is_forgotten_with_its_files_and_what_is_open_pinned_or_young_stays() {
        String old = job();
        String oldExecution = execution();
        String pinned = job();
        String open = openJob();
        await(pins.pin(pinned, "ada"));
        pass(Duration.ofDays(10));
        String young = job();
        pass(Duration.ofDays(25));

        run(NEVER, 0, NEVER, 0);
        assertThat(left()).as("off").hasSize(5);
        run(Duration.ofDays(30), 0, NEVER, 0);
        assertThat(left()).doesNotContain(old, oldExecution).containsExactlyInAnyOrder(pinned, open, young);
        assertThat(files()).isEqualTo(2);

        await(pins.unpin(pinned));
        run(Duration.ofDays(30), 0, NEVER, 0);
        assertThat(left()).containsExactlyInAnyOrder(open, young);
    }

    @Test
    void of_more_than_are_kept_those_that_ended_first_go_and_pinned_ones_hold_up_nothing() {
        var made = new ArrayList<String>();
        for (int i = 0; i < 10; i++) {
            made.add(i % 2 == 0 ? job() : execution());
            pass(Duration.ofSeconds(1));
        }
        await(pins.pin(made.get(0), "ada"));
        run(NEVER, 4, NEVER, 0);
        assertThat(left()).containsExactlyInAnyOrder(made.get(0), made.get(7), made.get(8), made.get(9));
    }

    @Test
    void files_go_before_their_jobs_by_age_and_by_count_but_not_those_of_open_or_pinned_jobs() {
        String old = job();
        String pinned = job();
        String open = openJob();
        fleet.kept(open, 1, FileKind.outputs, "of an attempt before");
        await(pins.pin(pinned, "ada"));
        pass(Duration.ofDays(40));
        String first = job();
        pass(Duration.ofSeconds(1));
        String second = job();

        run(NEVER, 0, Duration.ofDays(30), 0);
        assertThat(await(fleet.files.ofJob(old))).isEmpty();
        assertThat(files()).isEqualTo(4);
        run(NEVER, 0, NEVER, 3);
        assertThat(await(fleet.files.ofJob(first))).isEmpty();
        assertThat(await(fleet.files.ofJob(second))).hasSize(1);
        assertThat(left()).as("jobs themselves stay").hasSize(5);
    }

    @Test
    void a_deployments_newest_action_stays_and_one_that_cannot_be_read_keeps_no_other() {
        String json = "{\"name\":\"web\",\"spec\":{\"image\":\"web:1\"}}";
        var deployment = await(fleet.deployments.create(Json.decode(json, DeploymentRequest.class), "ada"));
        fleet.work(deployment.lastExecutionId());
        String bad = job();
        String old = job();
        await(Spoiled.field(fleet.store, Executions.COLLECTION, bad, "createdAt"));
        pass(Duration.ofDays(100));
        run(Duration.ofDays(30), 1, NEVER, 0);
        assertThat(left()).containsExactly(deployment.lastExecutionId()).doesNotContain(old);
    }

    @Test
    void records_of_an_older_version_are_found_too() {
        String old = job();
        await(Spoiled.field(fleet.store, Executions.COLLECTION, old, "wakeAtMs", Execution.NEVER));
        pass(Duration.ofDays(31));
        String young = job();
        run(Duration.ofDays(30), 0, NEVER, 0);
        assertThat(left()).containsExactly(young);
    }

    @Test
    void more_than_one_run_looks_at_is_gone_on_with_at_the_next() {
        for (int i = 0; i < 210; i++) {
            execution();
        }
        pass(Duration.ofDays(31));
        run(Duration.ofDays(30), 0, NEVER, 0);
        assertThat(left()).hasSize(10);
        run(Duration.ofDays(30), 0, NEVER, 0);
        assertThat(left()).isEmpty();
    }
}
