package io.aiwm.controller.job;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.deployment.DyingStore;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Arrays over a real store; the workers do, or fail, what the test says, and the controller may be another one at any time. */
@Timeout(120)
class JobArraysTest {
    @TempDir
    Path folder;

    private Fleet fleet;
    private Jobs jobs;
    private JobArrays arrays;
    private int mostOpen;
    private Predicate<Integer> failing = index -> false;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        controller();
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private void controller() {
        jobs = new Jobs(fleet.executions, fleet, fleet.files, Fleet.JOBS, RegistryPasswords.WITHOUT_SECRETS);
        arrays = new JobArrays(fleet.vertx, fleet.executions, fleet.now::get);
    }

    private String array(int count, Integer parallelism, Double tolerance) {
        JsonObject body = new JsonObject()
                .put("name", "many")
                .put("image", "busybox")
                .put("command", List.of("echo", "{index} of {index}", "${index} {{index}}"))
                .put("env", new JsonObject().put("FILE", "part-{index}.csv"))
                .put("count", count)
                .put("parallelism", parallelism)
                .put("tolerance", tolerance);
        var request = io.aiwm.common.Json.decode(body, JobRequest.class);
        return await(jobs.create(io.aiwm.common.Ids.next("job"), request, "ann"))
                .id();
    }

    private Execution job(String id) {
        return await(fleet.executions.get(id));
    }

    private List<Execution> tasks(String id, StepState... states) {
        return await(jobs.tasks(id, List.of(states), 1_000, null)).items();
    }

    private JsonObject counts(String id) {
        return await(jobs.view(job(id))).getJsonObject("array").getJsonObject("tasks");
    }

    /** The controller looks, the workers do what is open; again until the array has ended or nothing moves. */
    private StepState drive(String id) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> {
                    round(id);
                    return job(id).status().isFinal();
                });
        return job(id).phase();
    }

    /** A look that the array's own timer has begun makes the sweep's look the next one. */
    private void lookUntil(java.util.concurrent.Callable<Boolean> reached) {
        await().pollInterval(Duration.ofMillis(1)).until(() -> {
            await(arrays.run());
            return reached.call();
        });
    }

    private void round(String id) {
        await(arrays.run());
        List<Execution> open = tasks(id, StepState.ASSIGNED, StepState.RUNNING);
        mostOpen = Math.max(mostOpen, open.size());
        open.forEach(this::work);
    }

    private void work(Execution task) {
        int index = ArraySpec.indexOf(task);
        fleet.work(
                task.id(),
                command -> failing.test(index) ? new CommandError(ErrorCategory.EXIT, "exit code 3", false) : null);
    }

    @Test
    void every_index_runs_once_and_never_more_at_once_than_may() {
        String id = array(25, 4, null);
        assertThat(job(id).phase()).as("no node is asked for").isEqualTo(StepState.ASSIGNED);
        assertThat(drive(id)).isEqualTo(StepState.COMPLETED);
        assertThat(mostOpen).isEqualTo(4);
        var all = tasks(id);
        assertThat(all)
                .extracting(ArraySpec::indexOf)
                .containsExactlyElementsOf(
                        java.util.stream.IntStream.range(0, 25).boxed().toList());
        assertThat(all).allMatch(task -> task.steps().get(0).attempt() == 1);
        JsonObject data = all.get(7).steps().get(0).spec().data();
        assertThat(data.getJsonArray("command")).containsExactly("echo", "7 of 7", "${index} {index}");
        assertThat(data.getJsonObject("env"))
                .isEqualTo(new JsonObject()
                        .put("FILE", "part-7.csv")
                        .put("AIWM_ARRAY_INDEX", "7")
                        .put("AIWM_ARRAY_COUNT", "25"));
        assertThat(data.getString("jobId")).isEqualTo(id + ".0007");
        assertThat(counts(id).getInteger("completed")).isEqualTo(25);
        assertThat(await(jobs.count(JobFilter.ALL))).as("an array is one row").isEqualTo(1);
        JsonObject task = await(jobs.view(all.get(7)));
        assertThat(task.getString("parentJobId")).isEqualTo(id);
        assertThat(task.getInteger("index")).isEqualTo(7);
    }

    @Test
    void failures_up_to_the_tolerance_are_let_pass_and_one_more_ends_the_array() {
        failing = index -> index < 2;
        assertThat(drive(array(10, 2, 0.2))).isEqualTo(StepState.COMPLETED);
        failing = index -> index < 3;
        // one at a time: another that was open would be cancelled, and counted or not
        String id = array(10, 1, 2.0);
        assertThat(drive(id)).isEqualTo(StepState.FAILED);
        assertThat(job(id).error().message()).contains("3 of 10 tasks failed or were cancelled, 2 may");
        assertThat(tasks(id).size()).as("nothing more was opened").isLessThan(6);
        assertThat(tasks(id)).allMatch(task -> task.status().isFinal());
    }

    @Test
    void a_cancel_of_the_array_cancels_its_tasks_and_the_array_ends_after_them() {
        String id = array(10, 3, null);
        lookUntil(() -> tasks(id).size() == 3);
        await(jobs.cancel(id, "enough", "ann"));
        lookUntil(() -> tasks(id).stream().allMatch(Execution::cancelAsked));
        assertThat(job(id).status().isFinal()).isFalse();
        assertThat(drive(id)).isEqualTo(StepState.CANCELLED);
        assertThat(tasks(id)).hasSize(3).allMatch(task -> task.phase() == StepState.CANCELLED);
        assertThat(counts(id).getInteger("queued")).as("never made").isEqualTo(7);
    }

    @Test
    void a_retry_runs_only_the_tasks_again_that_did_not_complete_and_those_never_made() {
        failing = index -> index == 3;
        String id = array(8, 2, null);
        assertThat(drive(id)).isEqualTo(StepState.FAILED);
        Set<String> completed = new HashSet<>();
        tasks(id, StepState.COMPLETED).forEach(task -> completed.add(task.id()));
        assertThat(completed).isNotEmpty();
        failing = index -> false;
        fleet.now.updateAndGet(now -> now.plusSeconds(1));
        await(jobs.retry(id, "ann"));
        assertThat(drive(id)).isEqualTo(StepState.COMPLETED);
        assertThat(tasks(id)).hasSize(8).allMatch(task -> task.phase() == StepState.COMPLETED);
        assertThat(tasks(id)).allSatisfy(task -> {
            if (completed.contains(task.id())) {
                assertThat(task.steps().get(0).attempt()).isEqualTo(1);
            }
        });
        assertThat(tasks(id).get(3).steps().get(0).attempt()).isEqualTo(2);
    }

    @Test
    void a_task_that_is_missing_between_others_is_made_after_all() {
        String id = array(6, 6, null);
        var spec = ArraySpec.of(job(id));
        for (int index : new int[] {0, 2, 3, 4, 5}) {
            await(fleet.executions.create(spec.task(job(id), spec.each(), index), "test"));
        }
        assertThat(drive(id)).isEqualTo(StepState.COMPLETED);
        assertThat(tasks(id)).hasSize(6);
    }

    private List<Integer> priorities(String id) {
        return tasks(id).stream()
                .map(task -> task.steps().get(0).spec().priority())
                .toList();
    }

    @Test
    void another_priority_is_that_of_the_tasks_that_wait_and_of_those_to_come() {
        fleet.node("n1", NodeStatus.OFFLINE);
        String id = array(4, 2, null);
        lookUntil(() -> tasks(id).size() == 2);
        assertThat(await(jobs.prioritise(id, 75, "ann")).steps().get(0).spec().priority())
                .isEqualTo(75);
        assertThat(priorities(id)).containsExactly(75, 75);
        fleet.node("n1", NodeStatus.IDLE);
        tasks(id).forEach(task -> await(fleet.executions.look(task.id())));
        assertThat(drive(id)).isEqualTo(StepState.COMPLETED);
        assertThat(priorities(id)).containsExactly(75, 75, 75, 75);
        assertThat(await(jobs.prioritise(id, 10, "ann").map("done").otherwise(Throwable::getMessage)))
                .contains("is COMPLETED");
    }

    @Test
    void tasks_whose_array_has_ended_without_them_are_cancelled() {
        String id = array(4, 4, null);
        lookUntil(() -> tasks(id).size() == 4);
        await(jobs.cancel(id, "enough", "ann"));
        fleet.now.updateAndGet(now -> now.plusSeconds(31));
        await(fleet.executions.look(id));
        assertThat(job(id).phase()).as("nobody confirmed in time").isEqualTo(StepState.CANCELLED);
        assertThat(tasks(id)).noneMatch(task -> task.status().isFinal());
        await().pollInterval(Duration.ofMillis(1)).until(() -> {
            await(arrays.run());
            tasks(id).stream().filter(Execution::cancelAsked).forEach(this::work);
            return tasks(id).stream().allMatch(task -> task.status().isFinal());
        });
        assertThat(tasks(id)).hasSize(4).allMatch(task -> task.phase() == StepState.CANCELLED);
    }

    @Test
    void a_task_is_neither_deleted_nor_retried_behind_its_arrays_back() {
        String id = array(2, 2, null);
        drive(id);
        var task = jobs.retry(id + ".0000", "ann");
        assertThat(await(task.map("done").otherwise(Throwable::getMessage))).contains("retry the array");
        assertThat(await(jobs.delete(id + ".0000").map("done").otherwise(Throwable::getMessage)))
                .contains("delete the array");
        await(jobs.delete(id));
        assertThat(await(fleet.executions.count(List.of()))).isZero();
    }

    /** A controller lives for a few writes only, and each next one has nothing but the store. */
    @Test
    void an_array_goes_on_wherever_its_controller_was_killed() {
        failing = index -> index == 5;
        String id = array(12, 3, 1.0);
        for (int life = 0; !job(id).status().isFinal(); life++) {
            var store = new DyingStore(fleet.store, 1 + life % 7);
            var mortal = new JobArrays(fleet.vertx, fleet.executionsOn(store), fleet.now::get);
            while (!store.dead && !job(id).status().isFinal()) {
                var looked = mortal.run();
                await().pollInterval(Duration.ofMillis(1)).until(() -> store.dead || looked.isComplete());
                tasks(id, StepState.ASSIGNED, StepState.RUNNING).stream()
                        .limit(1)
                        .forEach(this::work);
            }
        }
        assertThat(job(id).phase()).isEqualTo(StepState.COMPLETED);
        assertThat(tasks(id)).hasSize(12).allMatch(task -> task.steps().get(0).attempt() == 1);
        assertThat(counts(id).getInteger("failed")).isEqualTo(1);
    }

    @Test
    void two_controllers_at_once_make_every_task_once() {
        String id = array(40, 6, null);
        var other = new JobArrays(fleet.vertx, fleet.executionsOn(fleet.store), fleet.now::get);
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> {
                    await(Future.all(arrays.run(), other.run()));
                    tasks(id, StepState.ASSIGNED, StepState.RUNNING).forEach(this::work);
                    return job(id).status().isFinal();
                });
        assertThat(job(id).phase()).isEqualTo(StepState.COMPLETED);
        assertThat(tasks(id)).hasSize(40).allMatch(task -> task.steps().get(0).attempt() == 1);
    }
}
