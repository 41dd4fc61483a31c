package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigLoader;
import io.aiwm.common.Sha256;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.model.ModelServices;
import io.aiwm.controller.model.ModelUsers;
import io.aiwm.controller.model.ModelWarming;
import io.aiwm.controller.node.NewNodeBuilder;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.orchestrator.Dispatcher;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.scheduler.SchedulerInput;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.ModelCommand;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.NodeRegisterBuilder;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Versions are brought to nodes and taken away, over real stores, a real scheduler and workers that say what the test says. */
@Timeout(60)
class ModelNodeResourceTest extends ModelApiRig {
    private static final String DIGEST = Sha256.hex("weights");

    private final Config config = ConfigLoader.of(Config.Mode.CONTROLLER, new TreeMap<>());
    private Nodes nodes;
    private Executions executions;
    /** What was sent last, by node. */
    private final Map<String, Envelope> sent = new ConcurrentSkipListMap<>();

    @BeforeEach
    void begin() {
        open(Executions.COLLECTION, Nodes.COLLECTION);
        var services = new ModelServices(vertx, store, objects, clock, config.models(), true, ModelUsers.NOBODY);
        var scheduler = new Scheduler(config.scheduler(), clock, true);
        executions = new Executions(store, scheduler, clock, config.executions(), true);
        nodes = new Nodes(vertx, store, clock, config.fleet(), "ctl");
        var input = new SchedulerInput(executions, nodes, scheduler, clock);
        nodes.start().await();
        executions.prepare().await();
        input.rebuild().await();
        var dispatcher = new Dispatcher(
                (node, message) -> {
                    sent.put(node, message);
                    return Future.succeededFuture();
                },
                clock,
                (node, command, data) -> services.sources().added(command, data));
        executions.onWritten(dispatcher::written);
        var keys = new IdempotencyKeys(store, clock);
        var warming = new ModelWarming(executions, nodes, scheduler::eligible, 20);
        server = new TestServer(List.of(
                new ModelResource(services.models(), keys, version -> Future.succeededFuture(null)),
                new ModelUploadResource(services.models(), services.content()),
                new ModelNodeResource(services.models(), warming, keys)));
        json(upload("name=org/tiny&path=tiny.gguf", "weights"), 201);
        id = json(call("GET", "/api/models?name=org/tiny", null), 200)
                .getJsonArray("items")
                .getJsonObject(0)
                .getString("id");
    }

    private String id;

    private HttpResponse<String> warm(String body, String... headers) {
        return call("POST", "/api/models/" + id + "/versions/1/warm", body, headers);
    }

    private HttpResponse<String> evict(String body) {
        return call("POST", "/api/models/" + id + "/versions/1/evict", body);
    }

    private static List<String> pointers(HttpResponse<String> answer) {
        return json(answer, 422).getJsonArray("errors").stream()
                .map(error -> ((JsonObject) error).getString("pointer"))
                .toList();
    }

    private static List<Object> nodesOf(JsonObject answer) {
        return answer.getJsonArray("nodes").stream().toList();
    }

    private void node(String node, String zone, NodeModel... models) {
        node(node, zone, List.of(ModelCommand.FETCHES), models);
    }

    private void node(String node, String zone, List<String> capabilities, NodeModel... models) {
        if (nodes.find(node) == null) {
            nodes.create(NewNodeBuilder.builder().id(node).build()).await();
        }
        nodes.registered(
                        node,
                        NodeRegisterBuilder.builder()
                                .nodeId(node)
                                .zone(zone)
                                .role("cpu")
                                .labels(Map.of("disk", node.startsWith("ssd") ? "ssd" : "none"))
                                .capabilities(capabilities)
                                .maxParallel(4)
                                .models(List.of(models))
                                .build(),
                        "ws")
                .await();
    }

    private static NodeModel held(String version, String digest) {
        return new NodeModel("org--tiny", digest, 7L, version, null, null, null);
    }

    private Execution execution(JsonObject begun) {
        return executions.get(begun.getString("executionId")).await();
    }

    private List<StepState> states(JsonObject begun) {
        return execution(begun).steps().stream().map(Step::status).toList();
    }

    private void ends(JsonObject begun, int step, CommandError error) {
        Execution seen = execution(begun);
        var command = new CommandId(seen.id(), step, seen.steps().get(step).attempt());
        var result = new CommandResult(
                null,
                command.toString(),
                error == null ? Outcome.success : Outcome.failure,
                null,
                error,
                Instant.now(),
                Instant.now());
        executions
                .finished(command, seen.steps().get(step).nodeId(), result, "m" + step)
                .await();
    }

    @Test
    void a_version_is_brought_to_as_many_nodes_as_are_asked_for_and_those_that_have_it_count() {
        node("a", "one");
        node("b", "one");
        node("c", "two");
        node("d", "two", held("1", DIGEST));
        node("e", "three", held("1", Sha256.hex("other")));
        node("f", "three", held("2", DIGEST));

        JsonObject begun = json(warm("{'count':4,'pinned':true}"), 202);

        assertThat(nodesOf(begun)).containsExactly("d", "a", "e", "c");
        assertThat(begun.getString("modelId")).isEqualTo(id);
        assertThat(begun.getInteger("number")).isEqualTo(1);
        Execution made = execution(begun);
        assertThat(made.category()).isEqualTo("model");
        assertThat(made.steps()).hasSize(4).allMatch(step -> step.status() == StepState.ASSIGNED);
        assertThat(nodesOf(json(warm(null), 202))).hasSize(6);
    }

    @Test
    void what_is_sent_has_files_and_signed_sources_and_what_is_stored_has_none() {
        node("a", null);
        JsonObject begun = json(warm("{'pinned':true}"), 202);
        await().until(() -> sent.containsKey("a"));
        JsonObject data = sent.get("a").data();
        assertThat(data.getString("name")).isEqualTo("org--tiny");
        assertThat(data.getString("version")).isEqualTo("1");
        assertThat(data.getBoolean("pinned")).isTrue();
        assertThat(data.containsKey("versionId")).isFalse();
        JsonObject file = data.getJsonArray("files").getJsonObject(0);
        assertThat(file.getString("path")).isEqualTo("tiny.gguf");
        assertThat(file.getString("sha256")).isEqualTo(DIGEST);
        JsonObject source = file.getJsonArray("sources").getJsonObject(0);
        assertThat(source.getString("kind")).isEqualTo("store");
        assertThat(source.getString("url")).startsWith("/objects/models/").contains("&signature=");
        assertThat(execution(begun).steps().get(0).spec().data().encode()).doesNotContain("signature", "files");
    }

    @Test
    void eight_nodes_fetch_at_once_and_the_failure_of_one_keeps_no_other_from_it() {
        for (int i = 10; i < 20; i++) {
            node("n" + i, null);
        }
        JsonObject begun = json(warm("{}"), 202);
        assertThat(states(begun)).filteredOn(StepState::isOpenAttempt).hasSize(8);
        assertThat(states(begun)).endsWith(StepState.PENDING, StepState.PENDING);

        ends(begun, 1, CommandError.of(ErrorCategory.POLICY, "not here"));

        assertThat(states(begun).get(1)).isEqualTo(StepState.FAILED);
        assertThat(states(begun)).endsWith(StepState.PENDING, StepState.ASSIGNED);
        for (int i : new int[] {0, 2, 3, 4, 5, 6, 7, 8, 9}) {
            ends(begun, i, null);
        }
        assertThat(execution(begun).status().name()).isEqualTo("FAILED");
        assertThat(execution(begun).error().message()).isEqualTo("not here");
    }

    @Test
    void nodes_are_chosen_as_requirements_choose_them() {
        node("ssd-1", "home");
        node("ssd-2", "away");
        node("hdd-1", "home");
        assertThat(nodesOf(json(warm("{'selector':{'labelSelector':'disk=ssd'}}"), 202)))
                .containsExactlyInAnyOrder("ssd-1", "ssd-2");
        assertThat(nodesOf(json(warm("{'selector':{'zone':'home','labelSelector':'disk!=ssd'}}"), 202)))
                .containsExactly("hdd-1");
        assertThat(pointers(warm("{'selector':{'zone':'nowhere'}}"))).containsExactly("/selector");
        assertThat(pointers(warm("{'count':4}"))).containsExactly("/count");
        assertThat(pointers(warm("{'selector':{'labelSelector':'a in'}}"))).containsExactly("/selector/labelSelector");
        assertThat(warm("{'count':0}").statusCode()).isIn(400, 422);
        assertThat(warm("{'selectors':{}}").statusCode()).isIn(400, 422);
        assertThat(call("POST", "/api/models/" + id + "/versions/stable/warm", "{}")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_version_that_is_not_ready_is_refused_and_an_alias_means_one() {
        node("a", null);
        json(upload("model=" + id + "&path=b.gguf&complete=false", "more"), 201);
        assertThat(pointers(call("POST", "/api/models/" + id + "/versions/2/warm", "{}")))
                .containsExactly("path:number");
        json(call("PUT", "/api/models/" + id + "/aliases/stable", "{'version':1}"), 200);
        assertThat(json(call("POST", "/api/models/" + id + "/versions/stable/warm", "{}"), 202)
                        .getInteger("number"))
                .isEqualTo(1);
        assertThat(server.call("POST", "/api/models/" + id + "/versions/1/warm", "viewer", "{}")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void a_worker_of_an_older_version_is_not_asked_to_fetch_whether_it_has_containers_or_not() {
        node("older", null, List.of("docker"), held("1", DIGEST));
        HttpResponse<String> nobody = warm("{}");
        assertThat(pointers(nobody)).containsExactly("/selector");
        assertThat(nobody.body()).contains("without the capability model-fetch");
        node("containers", null, List.of("docker", ModelCommand.CAPABILITY));
        node("none", null);
        assertThat(nodesOf(json(warm("{}"), 202))).containsExactly("containers", "none");
        assertThat(pointers(warm("{'count':3}"))).containsExactly("/count");
        assertThat(nodesOf(json(evict("{}"), 202))).containsExactly("older");
    }

    @Test
    void the_same_key_makes_one_execution() {
        node("a", null);
        String first = json(warm("{}", "Idempotency-Key", "k"), 202).getString("executionId");
        assertThat(json(warm("{}", "Idempotency-Key", "k"), 202).getString("executionId"))
                .isEqualTo(first);
    }

    @Test
    void it_is_taken_from_the_nodes_that_have_it_also_from_closed_ones() {
        node("a", "one", held("1", DIGEST));
        node("b", "two", held("1", DIGEST));
        node("c", "two");
        nodes.patch("b", new JsonObject().put("schedulable", false), null).await();
        assertThat(nodesOf(json(warm(null), 202))).containsExactly("a", "c");
        JsonObject begun = json(evict(null), 202);
        assertThat(nodesOf(begun)).containsExactly("a", "b");
        assertThat(states(begun)).containsOnly(StepState.ASSIGNED);
        await().until(() -> sent.get("b") != null);
        assertThat(sent.get("b").type()).isEqualTo("model.delete");
        assertThat(sent.get("b").data().getString("version")).isEqualTo("1");
        assertThat(nodesOf(json(evict("{'selector':{'zone':'two'}}"), 202))).containsExactly("b");
        assertThat(pointers(evict("{'selector':{'zone':'three'}}"))).containsExactly("/selector");
    }
}
