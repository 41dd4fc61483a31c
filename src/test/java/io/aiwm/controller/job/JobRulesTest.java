package io.aiwm.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.common.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobRulesTest {
    private static final String MOST = "x".repeat(131_072 - 258);

    private static List<String> wrong(JsonObject job) {
        return JobRules.check(Json.decode(job.put("image", "a"), JobRequest.class), null, "", null).stream()
                .map(FieldError::pointer)
                .toList();
    }

    @Test
    void a_word_that_no_program_can_be_given_is_refused_and_one_byte_less_is_not() {
        String tooLong = MOST + "x";
        assertThat(wrong(new JsonObject().put("command", tooLong))).containsExactly("/command");
        assertThat(wrong(new JsonObject()
                        .put("command", JsonArray.of("a", tooLong))
                        .put("entrypoint", JsonArray.of(tooLong))
                        .put("env", new JsonObject().put("A", tooLong))))
                .containsExactlyInAnyOrder("/command/1", "/entrypoint/0", "/env/A");
        assertThat(wrong(new JsonObject()
                        .put("command", JsonArray.of("a", MOST))
                        .put("env", new JsonObject().put("A", MOST))))
                .isEmpty();
        assertThat(wrong(new JsonObject().put("command", "ü".repeat(70_000))))
                .as("bytes, not characters")
                .containsExactly("/command");
    }

    @Test
    void what_surrounds_a_program_is_checked_at_the_door_and_not_more_than_its_memory() {
        assertThat(wrong(new JsonObject("""
                        {"memoryBytes": 10000000, "shmBytes": 20000000, "ipc": "host", "stopSignal": "KILL",
                         "ulimits": [{"name": "nice", "soft": 1}], "groups": [-1],
                         "tmpfs": [{"target": "/work", "sizeBytes": 1048576}]}""")))
                .containsExactlyInAnyOrder(
                        "/shmBytes",
                        "/shmBytes",
                        "/ipc",
                        "/stopSignal",
                        "/ulimits/0/name",
                        "/groups/0",
                        "/tmpfs/0/target");
        assertThat(wrong(new JsonObject("""
                        {"memoryBytes": 200000000, "shmBytes": 100000000, "ipc": "private", "stopSignal": "SIGINT",
                         "init": true, "ulimits": [{"name": "nofile", "soft": 512}], "groups": [4001],
                         "tmpfs": [{"target": "/tmp", "sizeBytes": 1048576}]}"""))).isEmpty();
    }

    @Test
    void a_process_has_none_of_what_surrounds_a_container() {
        var job = new JsonObject("""
                {"command": "true", "requirements": {"runtime": "process"}, "init": true, "shmBytes": 1048576}""");
        assertThat(JobRules.check(Json.decode(job, JobRequest.class), null, "", null).stream()
                        .map(FieldError::pointer))
                .containsExactly("/shmBytes", "/init");
    }

    @Test
    void a_process_that_asks_for_gpus_is_refused_before_it_waits_for_some() {
        assertThat(ofProcess("\"requirements\": {\"runtime\": \"process\", \"gpus\": {\"count\": 1}}"))
                .containsExactly("/requirements/gpus");
        assertThat(ofProcess("\"requirements\": {\"runtime\": \"process\"}, \"gpus\": {\"model\": \"H100\"}"))
                .containsExactly("/gpus");
        assertThat(ofProcess("\"requirements\": {\"runtime\": \"process\", \"gpus\": {\"count\": 0}}"))
                .isEmpty();
    }

    private static List<String> ofProcess(String fields) {
        var job = new JsonObject("{\"command\": \"true\", " + fields + "}");
        return JobRules.check(Json.decode(job, JobRequest.class), null, "", null).stream()
                .map(FieldError::pointer)
                .toList();
    }

    @Test
    void what_a_worker_of_a_version_before_would_leave_out_goes_only_to_one_that_knows_it() {
        var plans = new JobPlans(new Config.Jobs(1, 0, Duration.ofHours(1), 1, 1, 1));
        var job = new JsonObject().put("image", "a").put("command", "true");
        assertThat(capabilities(plans, job)).containsExactly("docker");
        assertThat(capabilities(plans, job.put("init", true))).containsExactly("docker", "container-settings");
    }

    private static List<String> capabilities(JobPlans plans, JsonObject job) {
        return plans.task("job_1", Json.decode(job, JobRequest.class), null)
                .requires()
                .capabilities();
    }

    @Test
    void a_name_is_one_line_of_text() {
        assertThat(wrong(new JsonObject().put("name", "a\nb"))).containsExactly("/name");
        assertThat(wrong(new JsonObject().put("name", "a b ü"))).isEmpty();
    }

    @Test
    void what_lies_in_memory_is_held_against_the_memory_that_a_job_gets_by_default() {
        var jobs = new JobPlans(new Config.Jobs(1, 512L << 20, Duration.ofHours(1), 1, 1, 1));
        for (String said :
                List.of("{\"shmBytes\": 629145600}", "{\"tmpfs\": [{\"target\": \"/t\", \"sizeBytes\": 629145600}]}")) {
            var job = Json.decode(new JsonObject(said).put("image", "a"), JobRequest.class);
            assertThat(JobRules.check(job, null, "", jobs.usualMemory()))
                    .as(said)
                    .hasSize(1);
            assertThat(JobRules.check(job, null, "", null)).as(said).isEmpty();
        }
    }
}
