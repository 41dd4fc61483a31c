package io.aiwm.controller.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Json;
import io.aiwm.controller.execution.NewExecution;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicaPlansTest {

    /** Each step as {@code index:command>dependsOn@node}; {@code =n} is "where step n ran", {@code *} is "placed". */
    private static String words(NewExecution plan) {
        return plan.steps().stream()
                .map(step -> step.index() + ":" + step.command()
                        + step.dependsOn().stream().map(before -> ">" + before).collect(Collectors.joining())
                        + "@"
                        + (step.nodeId() != null
                                ? step.nodeId()
                                : step.sameNodeAs() != null ? "=" + step.sameNodeAs() : "*")
                        + (step.optional() ? "?" : ""))
                .collect(Collectors.joining(" "));
    }

    private static Instance deployment(ReplicaState state, String request, String on, List<String> traces) {
        var asked = DeploymentRulesTest.request(request);
        var container = on == null
                ? null
                : DeploymentContainerBuilder.builder()
                        .nodeId(on)
                        .containerId("c")
                        .commandId("ex_1.0.1")
                        .state("running")
                        .build();
        var replica = ReplicaBuilder.builder()
                .index(0)
                .generation(1)
                .state(state)
                .container(container)
                .traces(traces)
                .lastExecutionId("ex_2")
                .actor("admin")
                .build();
        return DeploymentBuilder.builder()
                .id("dep_1")
                .version(3)
                .name("web")
                .spec(asked.spec())
                .model(asked.model())
                .placement(asked.placement())
                .update(asked.update())
                .replicas(1)
                .desired(Deployment.Desired.RUNNING)
                .generation(1)
                .goodGeneration(1)
                .revisions(List.of(Revisions.first(ResolvedSpec.plainly(asked), Instant.EPOCH, "admin")))
                .instances(List.of(replica))
                .actor("admin")
                .createdAt(Instant.EPOCH)
                .updatedAt(Instant.EPOCH)
                .build()
                .instance(0);
    }

    @Test
    void probes_go_only_to_a_worker_that_takes_them() {
        String probes = "'probes':{'readiness':{'tcp':{'port':80}}}";
        for (var state : List.of(ReplicaState.DEPLOYING, ReplicaState.UPDATING, ReplicaState.MOVING)) {
            String on = state == ReplicaState.DEPLOYING ? null : "n1";
            assertThat(capabilities(state, probes, on)).as("" + state).containsExactly("docker", "container-probes");
        }
        assertThat(capabilities(ReplicaState.DEPLOYING, probes + ",'init':true", null))
                .containsExactly("docker", "container-settings", "container-probes");
        assertThat(capabilities(ReplicaState.DEPLOYING, "'probes':{}", null)).containsExactly("docker");
    }

    private static List<String> capabilities(ReplicaState state, String field, String nodeId) {
        return ReplicaPlans.of(
                        deployment(state, "{'name':'web','spec':{'image':'a'," + field + "}}", nodeId, List.of()))
                .steps()
                .get(0)
                .requires()
                .capabilities();
    }

    @Test
    void what_a_worker_of_a_version_before_would_leave_out_goes_only_to_one_that_knows_it() {
        for (String field : List.of("'workDir':'/x'", "'init':true", "'groups':[1]", "'stopSignal':'SIGINT'")) {
            String request = "{'name':'web','spec':{'image':'a'," + field + "}}";
            for (var state : List.of(ReplicaState.DEPLOYING, ReplicaState.UPDATING, ReplicaState.MOVING)) {
                String on = state == ReplicaState.DEPLOYING ? null : "n1";
                var plan = ReplicaPlans.of(deployment(state, request, on, List.of()));
                assertThat(plan.steps().get(0).requires().capabilities())
                        .as(field + " " + state)
                        .containsExactly("docker", "container-settings");
            }
        }
        var plain = ReplicaPlans.of(
                deployment(ReplicaState.DEPLOYING, "{'name':'web','spec':{'image':'a'}}", null, List.of()));
        assertThat(plain.steps().get(0).requires().capabilities()).containsExactly("docker");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            value = {
                "PENDING | {'name':'web','spec':{'image':'a'}} | - | 0:deployment.create@* 1:proxy.configure>0@=0?",
                "DEPLOYING | {'name':'web','nodeId':'n2','spec':{'image':'a'}} | - | 0:deployment.create@n2"
                        + " 1:proxy.configure>0@=0?",
                "DEPLOYING | {'name':'web','model':{'url':'https://h/m'},'spec':{'image':'a'}} | - |"
                        + " 0:model.download@* 1:deployment.create>0@=0 2:proxy.configure>1@=1?",
                "DEPLOYING | {'name':'web','spec':{'image':'a'}} | n1 | 0:deployment.create@n1 1:proxy.configure>0@=0?",
                "DEPLOYING | {'name':'web','model':{'url':'https://h/m'},'spec':{'image':'a'}} | n1 |"
                        + " 0:model.download@n1 1:deployment.create>0@=0 2:proxy.configure>1@=1?",
                "UPDATING | {'name':'web','spec':{'image':'a'}} | n1 | 0:deployment.update@n1 1:proxy.configure>0@=0?",
                "MOVING | {'name':'web','spec':{'image':'a'}} | n1 | 0:deployment.create@* 1:proxy.configure>0@=0?"
                        + " 2:deployment.delete>0>1@n1?",
                "MOVING | {'name':'web','model':{'url':'https://h/m'},'spec':{'image':'a'}} | n1 | 0:model.download@*"
                        + " 1:deployment.create>0@=0 2:proxy.configure>1@=1? 3:deployment.delete>1>2@n1?",
                "RESTARTING | {'name':'web','spec':{'image':'a'}} | n1 | 0:deployment.restart@n1",
                "STOPPING | {'name':'web','spec':{'image':'a'}} | n1 | 0:deployment.stop@n1",
                "DELETING | {'name':'web','spec':{'image':'a'}} | n1 | 0:deployment.delete@n1",
            })
    void each_action_has_its_plan(ReplicaState state, String request, String on, String steps) {
        var plan = ReplicaPlans.of(deployment(state, request, on, List.of()));
        assertThat(words(plan)).isEqualTo(steps);
        assertThat(plan.id()).isEqualTo("ex_2");
        assertThat(plan.resourceId()).isEqualTo("dep_1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            value = {
                "{'name':'web','spec':{'image':'a'}} | -",
                "{'name':'web','model':{'url':'https://h/a/llama.gguf?download=1'},'spec':{'image':'a'}} | llama.gguf",
                "{'name':'web','model':{'id':'org/llama','url':'https://h/m'},'spec':{'image':'a'}} | org--llama",
                "{'name':'web','model':{'url':'https://h/a%20b'},'spec':{'image':'a'}} | -",
                "{'name':'web','model':{'url':'https://h/m'},'requirements':{'models':['lora','m']},'spec':{'image':'a'}}"
                        + " | m,lora",
            })
    void it_prefers_nodes_that_have_its_model_and_those_it_names(String request, String models) {
        var plan = ReplicaPlans.of(deployment(ReplicaState.DEPLOYING, request, null, List.of()));
        List<String> near = plan.steps().get(0).requires().models();
        assertThat(near == null ? null : String.join(",", near)).isEqualTo(models);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            value = {
                "UPDATING   | {'maxSurge':1}                                            | n1 | 2000",
                "RESTARTING | {'maxSurge':1}                                            | n1 | 2000",
                "DELETING   | {'maxSurge':1}                                            | n1 | 2000",
                "DELETING   | {'maxSurge':1,'maxUnavailable':1}                         | n1 | -",
                "DELETING   | {'maxSurge':1,'maxUnavailable':0,'drainSeconds':30}       | n1 | 30000",
                "UPDATING   | {'drainSeconds':5}                                        | n1 | 5000",
                "DELETING   | {'maxSurge':1,'drainSeconds':0}                           | n1 | -",
                "STOPPING   | {'maxSurge':1}                                            | n1 | -",
                "DEPLOYING  | {'maxSurge':1}                                            | -  | -",
                "DELETING   | {}                                                        | n1 | -",
            })
    void a_container_that_serves_runs_on_for_a_while_when_others_take_its_place(
            ReplicaState state, String update, String on, Long drainMs) {
        String request = "{'name':'web','replicas':2,'update':" + update + ",'spec':{'image':'a'}}";
        var step = ReplicaPlans.of(deployment(state, request, on, List.of()))
                .steps()
                .get(0);
        assertThat(step.data().getLong("drainMs")).isEqualTo(drainMs);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "a replica of it has been ready | DEPLOYING | RUNNING | -       | - | 0",
                "none has                       | DEPLOYING | FAILED  | -       | - | -",
                "an update is under way         | DEPLOYING | RUNNING | ROLLING | - | -",
                "an update went back            | DEPLOYING | RUNNING | DONE    | - | 0",
                "it failed just before          | DEPLOYING | RUNNING | -       | 1 | -",
                "another shall go for it        | MOVING    | RUNNING | -       | - | -",
                "it is replaced                 | UPDATING  | RUNNING | -       | - | -",
            })
    void a_container_like_one_that_was_ready_counts_as_soon_as_it_runs(
            String why,
            ReplicaState state,
            ReplicaState other,
            Rollout.State rollout,
            Integer failures,
            Long settleMs) {
        var one = deployment(
                state, "{'name':'web','spec':{'image':'a'}}", state == ReplicaState.DEPLOYING ? null : "n1", List.of());
        var ready = ReplicaBuilder.builder(one.replica()).index(1).state(other).build();
        var with = DeploymentBuilder.builder(one.of())
                .instances(List.of(
                        ReplicaBuilder.builder(one.replica()).failures(failures).build(), ready))
                .rollout(
                        rollout == null
                                ? null
                                : RolloutBuilder.builder()
                                        .state(rollout)
                                        .from(1)
                                        .to(1)
                                        .startedAt(Instant.EPOCH)
                                        .build())
                .build();
        // the note stays when the replica that was ready is gone, also in the store
        var alone = Json.decode(Json.encode(with.without(1)), Deployment.class);
        assertThat(ReplicaPlans.of(alone.instance(0)).steps().get(0).data().getLong("settleMs"))
                .as(why)
                .isEqualTo(settleMs);
    }

    @Test
    void what_has_ended_is_not_waited_for() {
        var ended = deployment(
                ReplicaState.DELETING, "{'name':'web','update':{'maxSurge':1},'spec':{'image':'a'}}", "n1", List.of());
        var container = DeploymentContainerBuilder.builder(ended.container())
                .state("exited")
                .build();
        var step = ReplicaPlans.of(ended.change().container(container).done())
                .steps()
                .get(0);
        assertThat(step.data().getLong("drainMs")).isNull();
    }

    @Test
    void nothing_of_a_deployment_that_is_deleted_is_waited_for() {
        var one = deployment(
                ReplicaState.DELETING, "{'name':'web','update':{'maxSurge':1},'spec':{'image':'a'}}", "n1", List.of());
        var deleted =
                new Instance(DeploymentBuilder.builder(one.of()).deleting(true).build(), one.replica());
        assertThat(ReplicaPlans.of(deleted).steps().get(0).data().getLong("drainMs"))
                .isNull();
    }

    @Test
    void delete_goes_to_every_node_that_may_hold_a_container() {
        var plan = ReplicaPlans.of(
                deployment(ReplicaState.DELETING, "{'name':'web','spec':{'image':'a'}}", "n1", List.of("n1", "n3")));
        assertThat(words(plan)).isEqualTo("0:deployment.delete@n1 1:deployment.delete@n3");
    }

    @Test
    void a_restart_that_pulls_is_an_update_that_a_worker_of_a_version_before_carries_out_too() {
        var record = deployment(
                        ReplicaState.RESTARTING,
                        "{'name':'web','model':{'url':'https://h/m'},'spec':{'image':'a','pullPolicy':'never'}}",
                        "n1",
                        List.of())
                .change()
                .pull(true)
                .done();
        var plan = ReplicaPlans.of(record);
        assertThat(words(plan)).isEqualTo("0:deployment.update@n1 1:proxy.configure>0@=0?");
        assertThat(plan.type()).isEqualTo("restart");
        var data = plan.steps().get(0).data();
        assertThat(data.getBoolean("restart")).isTrue();
        assertThat(data.getJsonObject("spec").getString("pullPolicy")).isEqualTo("always");
    }

    @Test
    void the_same_record_always_gives_the_same_plan() {
        var record = deployment(ReplicaState.PENDING, "{'name':'web','spec':{'image':'a','cpu':2}}", null, List.of());
        assertThat(ReplicaPlans.of(record)).isEqualTo(ReplicaPlans.of(record));
        assertThat(ReplicaPlans.of(record).steps().get(0).requires().cpu()).isEqualTo(2.0);
    }
}
