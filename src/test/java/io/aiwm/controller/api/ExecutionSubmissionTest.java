package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.http.TestServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is asked for in a new execution, and what is refused of it. */
class ExecutionSubmissionTest extends ExecutionApiRig {
    private List<String> refused(String body) {
        var answer = post("/api/executions", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        return new JsonObject(answer.body())
                .getJsonArray("errors", new JsonArray()).stream()
                        .map(error -> ((JsonObject) error).getString("pointer"))
                        .toList();
    }

    private List<String> refusedStep(String step) {
        return refused("{'steps':[" + CHECK + "," + step + "]}");
    }

    @Test
    void a_name_or_reason_is_one_line_without_control_characters() {
        String escape = "\\u001b[2J";
        var named = post(
                "/api/executions",
                "{'name':'a\\nb','steps':[{'name':'" + escape + "','command':'system.healthCheck'}]}");
        assertThat(named.statusCode()).isEqualTo(400);
        assertThat(named.body()).contains("\"/name\"", "\"/steps/0/name\"", "must be one line");
        String id = made(CHECK).getString("id");
        var cancel = post("/api/executions/" + id + "/cancel", "{'reason':'x" + escape + "'}");
        assertThat(cancel.statusCode()).isEqualTo(400);
        assertThat(cancel.body()).contains("\"/reason\"");
    }

    @Test
    void requirements_of_a_step_come_back_under_their_name() {
        for (String word : List.of("requirements", "requires")) {
            JsonObject step = made("{'command':'system.healthCheck','" + word
                            + "':{'zone':'east','memoryBytes':'1GiB'}}")
                    .getJsonArray("steps")
                    .getJsonObject(0);
            assertThat(step.getJsonObject("requirements"))
                    .isEqualTo(new JsonObject().put("zone", "east").put("memoryBytes", 1L << 30));
        }
        assertThat(refusedStep("{'command':'system.healthCheck','requirements':{'labelSelector':'((('}}"))
                .containsExactly("/steps/1/requirements/labelSelector");
    }

    @Test
    void a_process_that_asks_for_gpus_is_refused_as_a_job_is() {
        String process = "{'command':'job.run','data':{'runtime':'process','command':['true']},'requirements':";
        assertThat(refusedStep(process + "{'gpus':{'count':1}}}")).containsExactly("/steps/1/requirements/gpus");
        made(process + "{'gpus':{'count':0}}}");
    }

    @Test
    void the_mask_is_no_value_of_a_step() {
        assertThat(refusedStep("{'command':'model.download','data':{'url':'https://h/m','authorization':'***'}}"))
                .containsExactly("/steps/1/data/authorization");
        assertThat(refusedStep("{'command':'job.run','data':{'image':'busybox','env':{'API_TOKEN':'***'}}}"))
                .contains("/steps/1/data/env/API_TOKEN");
    }

    @Test
    void data_that_the_commands_schema_does_not_take_is_refused_where_it_is_wrong() {
        assertThat(refusedStep("{'command':'deployment.create','data':{}}"))
                .containsExactlyInAnyOrder("/steps/1/data/deploymentId", "/steps/1/data/spec");
        assertThat(refusedStep("{'command':'deployment.delete'}")).containsExactly("/steps/1/data/deploymentId");
        assertThat(refusedStep("{'command':'deployment.delete','data':{'deploymentId':5}}"))
                .containsExactly("/steps/1/data/deploymentId");
        assertThat(refusedStep("{'command':'model.download','data':{'url':7}}")).containsExactly("/steps/1/data/url");
        assertThat(get("/api/executions").getInteger("totalSize")).isZero();
    }

    @Test
    void data_that_no_worker_could_carry_out_is_refused_where_it_is_wrong_whatever_the_command() {
        Map<String, String> wrong = new LinkedHashMap<>();
        wrong.put("'job.run','data':{}", "/image");
        wrong.put("'job.run'", "/image");
        wrong.put("'job.run','data':{'image':'b','network':'host'}", "/network");
        wrong.put("'job.run','data':{'image':'b','user':'root'}", "/user");
        wrong.put("'job.run','data':{'image':'b','pullPolicy':'often'}", "/pullPolicy");
        wrong.put("'job.run','data':{'image':'b','graceMs':-1}", "/graceMs");
        wrong.put("'job.run','data':{'image':'b','logLimitBytes':99999999999}", "/logLimitBytes");
        wrong.put("'job.run','data':{'image':'b','memoryBytes':1024}", "/memoryBytes");
        wrong.put("'job.run','data':{'image':'b','workDir':'/proc/x'}", "/workDir");
        wrong.put("'job.run','data':{'image':'b','outputs':['../x']}", "/outputs/0");
        wrong.put("'job.run','data':{'image':'b','env':{'1A':'x'}}", "/env/1A");
        wrong.put("'job.run','data':{'image':'b','inputs':{'sha256':'00'}}", "/inputs/fileId");
        wrong.put("'job.run','data':{'image':'NOT AN IMAGE'}", "/image");
        wrong.put("'job.run','data':{'image':'b','runtime':'process'}", "/image");
        wrong.put("'job.run','data':{'runtime':'process'}", "/command");
        wrong.put("'model.download','data':{}", "/name");
        wrong.put("'model.download','data':{'url':'ftp://x/y'}", "/url");
        wrong.put("'model.cache','data':{'name':'a b'}", "/name");
        wrong.put("'model.delete','data':{'id':'x.part'}", "/id");
        wrong.forEach((step, at) ->
                assertThat(refusedStep("{'command':" + step + "}")).as(step).contains("/steps/1/data" + at));
        assertThat(refusedStep(
                        "{'command':'deployment.create','data':{'deploymentId':'d','spec':{'image':'b','memoryBytes':5000000,'pidsLimit':5000000,'user':'a"
                                + " b','volumes':[{'source':'v','target':'/'}]}}}"))
                .contains(
                        "/steps/1/data/spec/memoryBytes",
                        "/steps/1/data/spec/pidsLimit",
                        "/steps/1/data/spec/user",
                        "/steps/1/data/spec/volumes/0/target");
        assertThat(get("/api/executions").getInteger("totalSize")).isZero();
    }

    @Test
    void a_step_that_says_more_of_its_container_needs_a_worker_that_knows_it() {
        String id = made(CHECK + ",{'command':'job.run','data':{'image':'b','init':true},'requires':{'zone':'z'}},"
                        + "{'command':'job.run','data':{'image':'b','workDir':'/x'},'requires':{'zone':'z'}}")
                .getString("id");
        var steps = get("/api/executions/" + id).getJsonArray("steps");
        assertThat(steps.getJsonObject(1).getJsonObject("requires"))
                .isEqualTo(new JsonObject("{\"zone\":\"z\",\"capabilities\":[\"container-settings\"]}"));
        assertThat(steps.getJsonObject(2).getJsonObject("requires")).isEqualTo(new JsonObject("{\"zone\":\"z\"}"));
        String said = "{\"spec\":{\"image\":\"b\",\"init\":true,\"probes\":{\"liveness\":{\"tcp\":{\"port\":80}}}}}";
        var probed = StepSpecBuilder.builder()
                .command("deployment.create")
                .data(new JsonObject(said))
                .build();
        assertThat(StepData.requires(probed).capabilities()).containsExactly("container-settings", "container-probes");
        assertThat(refusedStep("{'command':'deployment.create','data':{'deploymentId':'d','spec':{'image':'b',"
                        + "'probes':{'liveness':{'tcp':{'port':0}}}}}}"))
                .containsExactlyInAnyOrder("/steps/1/data/spec/probes/liveness/tcp/port", "/steps/1/data/deploymentId");
        assertThat(refusedStep("{'command':'job.run','data':{'image':'b','stopSignal':'SIGSTOP','groups':[5]}}"))
                .containsExactly("/steps/1/data/stopSignal");
    }

    @Test
    void a_deployment_command_needs_a_deployment() {
        assertThat(refusedStep("{'command':'deployment.stop','data':{'deploymentId':'dep_fake'}}"))
                .containsExactly("/steps/1/data/deploymentId");
        var web = TestServer.await(fleet.deployments.create(
                io.aiwm.common.Json.decode(
                        new JsonObject("{\"name\":\"web\",\"spec\":{\"image\":\"web:1\"}}"),
                        io.aiwm.controller.deployment.DeploymentRequest.class),
                "ann"));
        made("{'command':'deployment.restart','data':{'deploymentId':'" + web.id() + "'}}");
    }

    @Test
    void what_is_named_must_exist_and_every_mistake_is_named_at_once() {
        assertThat(refused("{'parentExecutionId':'nope','steps':[{'command':'system.healthCheck','nodeId':'nx'}]}"))
                .containsExactlyInAnyOrder("/parentExecutionId", "/steps/0/nodeId");
        String parent = made(CHECK).getString("id");
        var child = post("/api/executions", "{'parentExecutionId':'" + parent + "','steps':[" + CHECK + "]}");
        assertThat(child.statusCode()).isEqualTo(201);
        assertThat(get("/api/executions?parentExecutionId=" + parent).getInteger("totalSize"))
                .isEqualTo(1);
    }

    @Test
    void data_deeper_than_the_protocol_is_refused() {
        String fits = "{'a':".repeat(30) + "{}" + "}".repeat(30);
        made("{'command':'system.healthCheck','data':" + fits + "}");
        assertThat(refusedStep("{'command':'system.healthCheck','data':{'a':" + fits + "}}"))
                .containsExactly("/steps/1/data");
    }

    @Test
    void a_creation_that_is_repeated_under_its_key_gives_the_same_execution() {
        String body = "{'start':true,'steps':[" + CHECK + "]}";
        var first = post("/api/executions", body, "Idempotency-Key", "k1");
        String id = new JsonObject(first.body()).getString("id");
        fleet.work(id);
        var again = post("/api/executions", body, "Idempotency-Key", "k1", "Prefer", "wait=10");
        assertThat(again.statusCode()).as(again.body()).isEqualTo(201);
        assertThat(again.headers().firstValue("Location")).hasValue("/api/executions/" + id);
        assertThat(new JsonObject(again.body()).getString("status")).isEqualTo("COMPLETED");
        var other = post("/api/executions", body.replace("true", "false"), "Idempotency-Key", "k1");
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(other.body()).contains("header:Idempotency-Key");
        post("/api/executions", body, "Idempotency-Key", "k2");
        server.call("POST", "/api/executions", "admin", body.replace('\'', '"'), "Idempotency-Key", "k1");
        assertThat(get("/api/executions").getInteger("totalSize"))
                .as("another key, another caller")
                .isEqualTo(3);
    }

    @Test
    void a_refused_creation_leaves_its_key_free_and_a_key_must_be_readable() {
        assertThat(post("/api/executions", "{'steps':[{'command':'nope'}]}", "Idempotency-Key", "k")
                        .statusCode())
                .isEqualTo(422);
        assertThat(post("/api/executions", "{'steps':[" + CHECK + "]}", "Idempotency-Key", "k")
                        .statusCode())
                .isEqualTo(201);
        assertThat(post("/api/executions", "{'steps':[" + CHECK + "]}", "Idempotency-Key", "a b")
                        .statusCode())
                .isEqualTo(400);
    }

    private String wrong(int status, String step) {
        var answer = post("/api/executions", "{'steps':[" + step + "]}");
        assertThat(answer.statusCode()).as(step + answer.body()).isEqualTo(status);
        return new JsonObject(answer.body())
                .getJsonArray("errors")
                .getJsonObject(0)
                .getString("pointer");
    }

    @Test
    void what_step_data_reveals_is_refused_at_the_door() {
        String run = "{'command':'job.run','data':{'image':'a',%s}%s}";
        assertThat(wrong(422, run.formatted("'shmBytes':629145600,'memoryBytes':536870912", "")))
                .isEqualTo("/steps/0/data/shmBytes");
        assertThat(wrong(422, run.formatted("'shmBytes':629145600", ",'requirements':{'memoryBytes':536870912}")))
                .isEqualTo("/steps/0/data/shmBytes");
        assertThat(wrong(422, run.formatted("'inputs':{'fileId':'nope'}", "")))
                .isEqualTo("/steps/0/data/inputs/fileId");
        assertThat(wrong(422, run.formatted("'name':'a\\u001b[31mb'", ""))).isEqualTo("/steps/0/data/name");
    }

    @Test
    void a_number_that_is_infinite_once_read_is_refused_with_its_place() {
        for (String number : List.of("1e400", "-1e400", "1" + "0".repeat(400))) {
            assertThat(wrong(400, "{'command':'system.healthCheck','data':{'x':[" + number + "]}}"))
                    .isEqualTo("/steps/0/data/x/0");
        }
    }

    @Test
    void texts_that_people_read_are_one_line_that_can_be_seen() {
        for (String text : List.of("a\\u001b[31mb", "a\\nb", "a\\u202eb", "\\ufeffa", "\\u2066", " ", "\\u200b")) {
            for (String field : List.of("gang", "name")) {
                assertThat(wrong(400, "{'command':'system.healthCheck','" + field + "':'" + text + "'}"))
                        .isEqualTo("/steps/0/" + field);
            }
            for (String need : List.of("zone", "runtime")) {
                assertThat(wrong(
                                400, "{'command':'system.healthCheck','requirements':{'" + need + "':'" + text + "'}}"))
                        .isEqualTo("/steps/0/requirements/" + need);
            }
        }
        made("{'command':'system.healthCheck','name':' ü 機 ','gang':'a b','requirements':{'zone':'eu-1'}}");
    }
}
