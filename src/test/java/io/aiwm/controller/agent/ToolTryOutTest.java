package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.ToolTryOut.Answer;
import io.aiwm.controller.agent.ToolTryOut.Wanted;
import io.aiwm.controller.mcp.ScriptedMcpServer;
import io.aiwm.testing.ToolServer;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A person calls a tool to see what a model would get: the real request, by the real rules. */
@Timeout(30)
class ToolTryOutTest extends WithAgentRig {
    private static final ToolTryOut.Person ADA = new ToolTryOut.Person(AgentRig.ADA, null, "req_1");
    private static final JsonObject OSLO = new JsonObject().put("city", "Oslo");

    private Future<Answer> call(String name, JsonObject arguments) {
        return rig.agents().tryOut().call("weather", new Wanted(name, arguments), ADA, cancel -> {});
    }

    private static Failure failure(Future<?> of) {
        Future<Throwable> cause = of.transform(done -> Future.succeededFuture(done.cause()));
        return Failure.of(cause.await());
    }

    @Test
    void a_tool_is_called_with_its_secret_and_answers_as_a_model_reads_it() {
        rig.tool(rig.weather("GET").approval(Tool.Approval.ASK));
        rig.toolServer.answer = "you sent " + AgentRig.SECRET;
        Answer answer = call(null, OSLO).await();
        assertThat(answer.name()).isEqualTo("weather");
        assertThat(answer.failed()).isFalse();
        assertThat(answer.text()).isEqualTo("you sent [secret]");
        assertThat(rig.toolServer.asked).extracting(ToolServer.Asked::uri).containsExactly("/cities/Oslo");
        assertThat(rig.toolServer.asked.get(0).authorization()).contains(AgentRig.SECRET);
        assertThat(rig.agents().tryOut().offers("weather", ADA).await().items())
                .extracting(ToolTryOut.Offered::name)
                .containsExactly("weather");
    }

    @Test
    void of_a_long_result_the_beginning_is_left_and_a_word_that_it_is_cut() {
        rig.tool(rig.weather("GET"));
        int most = HttpToolCalls.MOST_ANSWER_BYTES;
        rig.toolServer.answer = "r".repeat(most);
        assertThat(call(null, OSLO).await().text()).isEqualTo(rig.toolServer.answer);
        String cut = "r".repeat(most) + "\n[cut: only the first 65536 bytes]";
        for (int length : new int[] {most + 1, 5 << 20}) {
            rig.toolServer.answer = "r".repeat(length);
            Answer answer = call(null, OSLO).await();
            assertThat(answer.failed()).isFalse();
            assertThat(answer.text()).isEqualTo(cut);
        }
    }

    private ToolTryOut.AllOffered far(String name, int port, String... tools) {
        rig.agents()
                .tools()
                .create(
                        "tool_" + name,
                        ToolRequestBuilder.builder()
                                .name(name)
                                .kind(Tool.Kind.MCP)
                                .mcp(new Tool.Mcp("http://127.0.0.1:" + port + "/mcp", null, null, List.of(tools)))
                                .build(),
                        "ada")
                .await();
        return rig.agents().tryOut().offers(name, ADA).await();
    }

    @Test
    void a_tool_that_offers_nothing_says_why() throws Exception {
        var server = new ScriptedMcpServer(rig.vertx).modern();
        server.on(
                "tools/list",
                (asked, response) -> ScriptedMcpServer.result(
                        asked,
                        response,
                        new JsonObject()
                                .put("resultType", "complete")
                                .put("tools", new JsonArray().add(ScriptedMcpServer.tool("look")))));
        assertThat(far("near", server.port()).reason()).isNull();
        assertThat(far("other", server.port(), "listen").reason())
                .isEqualTo("the server has none of the tools that are asked of it");
        int refusing = rig.vertx
                .createHttpServer()
                .requestHandler(request -> request.response().setStatusCode(401).end())
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
        assertThat(far("refusing", refusing))
                .isEqualTo(new ToolTryOut.AllOffered(List.of(), "the MCP server at 127.0.0.1 refuses the credential"));
        int nobody;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
        }
        assertThat(far("gone", nobody))
                .isEqualTo(new ToolTryOut.AllOffered(List.of(), "the MCP server cannot be reached"));
    }

    @Test
    void what_does_not_fit_is_named_and_not_sent() {
        rig.tool(rig.weather("GET"));
        assertThat(failure(call(null, new JsonObject())).errors)
                .extracting(Failure.FieldError::pointer)
                .containsExactly("/arguments/city");
        assertThat(failure(call("rain", OSLO)).errors)
                .extracting(Failure.FieldError::pointer)
                .containsExactly("/name");
        assertThat(rig.toolServer.asked).isEmpty();
        assertThat(failure(rig.agents().tryOut().call("none", new Wanted(null, OSLO), ADA, cancel -> {})).kind)
                .isEqualTo(Failure.Kind.NOT_FOUND);
    }

    @Test
    void a_tool_that_is_off_or_denied_is_not_called() {
        rig.tool(rig.weather("GET").approval(Tool.Approval.DENY));
        assertThat(failure(call(null, OSLO)).kind).isEqualTo(Failure.Kind.CONFLICT);
        rig.agents()
                .tools()
                .replace("weather", rig.weather("GET").active(false).build(), "ada", null)
                .await();
        assertThat(failure(call(null, OSLO)).kind).isEqualTo(Failure.Kind.CONFLICT);
        assertThat(rig.toolServer.asked).isEmpty();
    }

    @Test
    void a_call_that_cannot_begin_is_not_counted_as_one_that_runs() {
        rig.tool(rig.weather("GET"));
        for (int i = 0; i < ToolTryOut.MOST_AT_ONCE; i++) {
            assertThat(failure(rig.agents().tryOut().call("weather", new Wanted(null, OSLO), ADA, cancel -> {
                        throw new IllegalStateException("the caller has gone");
                    })))
                    .isNotNull();
        }
        assertThat(call(null, OSLO).await().failed()).isFalse();
    }

    @Test
    void a_fifth_call_at_once_is_refused_until_one_has_ended_and_who_goes_ends_a_call() throws Exception {
        rig.tool(rig.weather("GET"));
        // several threads add to it, in any order
        var cancels = new ConcurrentHashMap<Integer, Runnable>();
        var calls = new ArrayList<Future<Answer>>();
        for (int i = 0; i < ToolTryOut.MOST_AT_ONCE; i++) {
            int number = i;
            rig.toolServer.statuses.add(0);
            calls.add(rig.agents()
                    .tryOut()
                    .call("weather", new Wanted(null, OSLO), ADA, cancel -> cancels.put(number, cancel)));
        }
        await().until(() -> rig.toolServer.asked.size() == ToolTryOut.MOST_AT_ONCE);
        assertThat(failure(call(null, OSLO)).kind).isEqualTo(Failure.Kind.LIMITED);
        cancels.get(0).run();
        assertThat(rig.toolServer.given.poll(10, TimeUnit.SECONDS)).isEqualTo("/cities/Oslo");
        assertThat(failure(calls.get(0)).kind).isEqualTo(Failure.Kind.CONFLICT);
        assertThat(call(null, OSLO).await().failed()).isFalse();
        cancels.values().forEach(Runnable::run);
        assertThat(List.copyOf(calls)).allMatch(one -> failure(one) != null);
        var last = new AtomicReference<Runnable>();
        assertThat(rig.agents()
                        .tryOut()
                        .call("weather", new Wanted(null, OSLO), ADA, last::set)
                        .await()
                        .failed())
                .isFalse();
        assertThat(last.get()).isNotNull();
    }

    @Test
    void who_waits_for_servers_that_take_their_time_asks_no_more_of_them() {
        var server = new ScriptedMcpServer(rig.vertx).modern();
        var held = new CopyOnWriteArrayList<Runnable>();
        server.on(
                "tools/list",
                (asked, response) -> held.add(() -> ScriptedMcpServer.result(
                        asked,
                        response,
                        new JsonObject()
                                .put("resultType", "complete")
                                .put("tools", new JsonArray().add(ScriptedMcpServer.tool("look"))))));
        rig.tool(ToolRequestBuilder.builder()
                .name("far")
                .kind(Tool.Kind.MCP)
                .mcp(new Tool.Mcp("http://127.0.0.1:" + server.port() + "/mcp", null, null, List.of())));
        ToolTryOut tryOut = rig.agents().tryOut();
        var waiting = new ArrayList<Future<?>>();
        for (int i = 0; i < ToolTryOut.MOST_AT_ONCE; i++) {
            waiting.add(tryOut.offers("far", ADA));
        }
        await().until(() -> !held.isEmpty());
        var more = List.of(
                tryOut.offers("far", ADA), tryOut.call("far", new Wanted(null, new JsonObject()), ADA, cancel -> {}));
        assertThat(more).allMatch(Future::failed).allMatch(one -> failure(one).kind == Failure.Kind.LIMITED);
        await().until(() -> {
            held.forEach(Runnable::run);
            held.clear();
            return waiting.stream().allMatch(Future::succeeded);
        });
        assertThat(failure(tryOut.offers("none", ADA)).kind).isEqualTo(Failure.Kind.NOT_FOUND);
    }
}
