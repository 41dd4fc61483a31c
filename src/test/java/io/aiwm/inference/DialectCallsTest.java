package io.aiwm.inference;

import static io.aiwm.inference.ScriptedUpstream.USAGE_CHUNK;
import static io.aiwm.inference.ScriptedUpstream.chunk;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that chat completions carry, and forms with files. */
class DialectCallsTest extends WithGateway {
    private static final String MESSAGES =
            "{\"model\":\"tiny\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"hi there\"}]}";
    private static final String FINISH =
            "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}";

    @Test
    void a_string_longer_than_can_be_translated_is_refused() throws Exception {
        var settings = GatewaySettingsBuilder.builder(GatewaySettings.DEFAULTS)
                .internalEndpoints(true)
                .build();
        try (var wide = new TestGateway(settings)) {
            String body = "{\"model\":\"tiny\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\""
                    + "x".repeat(20_100_000) + "\"}]}";
            assertThat(wide.post("/v1/messages", body).statusCode()).isEqualTo(413);
            assertThat(wide.usage().errorCode()).isEqualTo("string_too_long");
        }
    }

    @Test
    void a_message_is_answered_in_anthropics_form_and_counted() throws Exception {
        HttpResponse<String> answer = gateway.post("/v1/messages", MESSAGES);
        JsonObject message = new JsonObject(answer.body());
        assertThat(message.getString("type")).isEqualTo("message");
        assertThat(message.getJsonArray("content").getJsonObject(0).getString("text"))
                .isEqualTo("hello");
        assertThat(answer.headers().firstValue("X-AIWM-Node")).contains("node_r1");
        ScriptedUpstream.Seen seen = gateway.upstream.next();
        assertThat(seen.uri()).isEqualTo("/v1/chat/completions");
        assertThat(seen.body().toJsonObject().getString("model")).isEqualTo("engine-tiny");
        CallUsage usage = gateway.usage();
        assertThat(usage.operation()).isEqualTo("messages");
        assertThat(usage.completionTokens()).isEqualTo(3);
    }

    private JsonObject lastUsage(String path, String asked) throws Exception {
        HttpResponse<String> answer = gateway.post(path, asked);
        String last = answer.body()
                .lines()
                .map(line -> line.replaceFirst("^data: ", ""))
                .filter(line -> line.startsWith("{") && line.contains("\"usage\":{"))
                .reduce((before, next) -> next)
                .orElseThrow();
        JsonObject all = new JsonObject(last);
        return (all.containsKey("response") ? all.getJsonObject("response") : all).getJsonObject("usage");
    }

    @Test
    void where_the_engine_does_not_count_usage_is_an_estimate() throws Exception {
        String responses = "{\"model\":\"tiny\",\"input\":\"hi there\"}";
        String whole = ScriptedUpstream.ANSWER.replaceFirst("\"usage\":\\{.*}}", "\"usage\":null}");
        for (boolean stream : new boolean[] {false, true}) {
            for (String path : new String[] {"/v1/messages", "/v1/responses"}) {
                if (stream) {
                    gateway.upstream.streams(chunk("hel"), chunk("lo"), FINISH, "[DONE]");
                } else {
                    gateway.upstream.answers(200, "application/json", whole);
                }
                String asked = path.equals("/v1/messages") ? MESSAGES : responses;
                JsonObject usage = lastUsage(path, asked.replace("{\"model\"", "{\"stream\":" + stream + ",\"model\""));
                assertThat(usage.getLong("input_tokens")).as(path + stream).isEqualTo(6);
                assertThat(usage.getLong("output_tokens")).as(path + stream).isEqualTo(2);
                CallUsage counted = gateway.usage();
                assertThat(counted.promptTokens()).as(path + stream).isPositive();
                assertThat(counted.completionTokens()).as(path + stream).isPositive();
            }
        }
    }

    @Test
    void a_stream_of_a_message_has_its_events_in_order() throws Exception {
        gateway.upstream.streams(chunk("a"), chunk("b"), FINISH, USAGE_CHUNK, "[DONE]");
        String asked = MESSAGES.replace("{\"model\"", "{\"stream\":true,\"model\"");
        String body = gateway.post("/v1/messages", asked).body();
        assertThat(body.lines().filter(line -> line.startsWith("event:")).map(line -> line.substring(7)))
                .containsSubsequence(
                        "message_start",
                        "content_block_start",
                        "content_block_delta",
                        "content_block_delta",
                        "content_block_stop",
                        "message_delta",
                        "message_stop");
        assertThat(gateway.upstream
                        .next()
                        .body()
                        .toJsonObject()
                        .getJsonObject("stream_options")
                        .getBoolean("include_usage"))
                .isTrue();
        assertThat(gateway.usage().completionTokens()).isEqualTo(2);
    }

    @Test
    void a_response_is_answered_in_its_own_form() throws Exception {
        String asked = "{\"model\":\"tiny\",\"input\":\"hi\"}";
        assertThat(new JsonObject(gateway.post("/v1/responses", asked).body()).getString("object"))
                .isEqualTo("response");
        assertThat(gateway.usage().promptTokens()).isEqualTo(7);
        gateway.upstream.streams(chunk("a"), FINISH, USAGE_CHUNK, "[DONE]");
        assertThat(gateway.post("/v1/responses", asked.replace("{\"model\"", "{\"stream\":true,\"model\""))
                        .body())
                .contains("event: response.created")
                .contains("event: response.completed");
        gateway.usage();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"prompt_tokens\":null,\"completion_tokens\":null,\"total_tokens\":null}",
                "{\"prompt_tokens\":null,\"completion_tokens\":2}",
                "{\"prompt_tokens\":\"many\",\"completion_tokens\":1e300,\"prompt_tokens_details\":7}",
                "null",
                "[]",
                "\"none\""
            })
    void no_piece_is_lost_to_a_usage_that_is_none(String usage) throws Exception {
        String first = chunk("a").replace("{\"id\"", "{\"usage\":" + usage + ",\"id\"");
        String odd = "{\"id\":7,\"choices\":[null,{\"index\":null,\"delta\":{\"role\":null,\"content\":"
                + "[{\"type\":\"text\",\"text\":\"b\"}],\"refusal\":null,\"tool_calls\":[null]},\"finish_reason\":null}]}";
        String finish =
                "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":null,\"finish_reason\":\"stop\"}],\"usage\":"
                        + usage + "}";
        gateway.upstream.streams(first, odd, finish, "[DONE]");
        String asked = MESSAGES.replace("{\"model\"", "{\"stream\":true,\"model\"");
        String message = gateway.post("/v1/messages", asked).body();
        assertThat(message)
                .contains("\"text\":\"a\"", "\"text\":\"b\"", "message_stop")
                .doesNotContain("event: error");
        expectCounted();

        String response = gateway.post("/v1/responses", "{\"model\":\"tiny\",\"input\":\"hi\",\"stream\":true}")
                .body();
        assertThat(response).contains("\"text\":\"ab\"", "event: response.completed");
        expectCounted();

        assertThat(gateway.chat(TestGateway.STREAM).body()).contains(first, odd, finish);
        expectCounted();

        gateway.upstream.answers(
                200,
                "application/json",
                "{\"choices\":[{\"message\":{\"content\":\"whole\"},\"finish_reason\":\"stop\"}],\"usage\":" + usage
                        + "}");
        assertThat(gateway.post("/v1/messages", MESSAGES).body()).contains("whole");
        expectCounted();
        assertThat(gateway.chat(TestGateway.BODY).statusCode()).isEqualTo(200);
        expectCounted();
    }

    /** By an estimate where the engine has not counted. */
    private void expectCounted() throws Exception {
        CallUsage usage = gateway.usage();
        assertThat(usage.status()).isEqualTo(200);
        assertThat(usage.errorCode()).isNull();
        assertThat(usage.promptTokens()).isBetween(1L, 100L);
        assertThat(usage.completionTokens()).isBetween(0L, 1L << 40);
    }

    @Test
    void tokens_are_counted_without_an_upstream() throws Exception {
        HttpResponse<String> answer = gateway.post("/v1/messages/count_tokens", MESSAGES);
        assertThat(new JsonObject(answer.body()).getInteger("input_tokens")).isPositive();
        assertThat(gateway.upstream.seen).isEmpty();
        assertThat(gateway.usage().status()).isEqualTo(200);
    }

    @Test
    void errors_are_in_the_callers_dialect_wherever_they_come_from() throws Exception {
        gateway.upstream.answers(400, "application/json", "{\"error\":{\"message\":\"context too long\"}}");
        JsonObject error = new JsonObject(gateway.post("/v1/messages", MESSAGES).body());
        assertThat(error.getString("type")).isEqualTo("error");
        assertThat(error.getJsonObject("error").getString("message")).contains("context too long");
        gateway.usage();
        error = new JsonObject(
                gateway.post("/v1/messages", MESSAGES.replace("tiny", "nobody")).body());
        assertThat(error.getJsonObject("error").getString("type")).isEqualTo("not_found_error");
        gateway.usage();
        gateway.upstream.answers(200, "application/json", "[1,2]");
        assertThat(gateway.post("/v1/messages", MESSAGES).statusCode()).isEqualTo(502);
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_malformed");
    }

    @Test
    void a_form_names_its_model_in_a_part() throws Exception {
        String form = String.join(
                "\r\n",
                "--b1",
                "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"",
                "Content-Type: audio/wav",
                "",
                "RIFF--b\u0000name=\"model\"",
                "--b1",
                "Content-Disposition: form-data; name=\"model\"",
                "",
                "tiny",
                "--b1--",
                "");
        HttpResponse<String> answer = form(form);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        ScriptedUpstream.Seen seen = gateway.upstream.next();
        assertThat(seen.body().toString()).isEqualTo(form.replace("tiny", "engine-tiny"));
        assertThat(seen.headers().get("Content-Type")).isEqualTo("multipart/form-data; boundary=b1");
        assertThat(gateway.usage().model()).isEqualTo("tiny");
        assertThat(form(form.replace("\r\ntiny\r\n", "\r\n\r\n")).statusCode()).isEqualTo(400);
        gateway.usage();
        assertThat(form(form.substring(0, form.length() - 6)).statusCode()).isEqualTo(400);
        gateway.usage();
    }

    private HttpResponse<String> form(String body) throws Exception {
        return gateway.client.send(
                gateway.request("/v1/audio/transcriptions")
                        .header("Content-Type", "multipart/form-data; boundary=b1")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void a_client_of_anthropics_api_gets_its_forms_also_where_no_call_is_made() throws Exception {
        assertThat(asAnthropic("/v1/models"))
                .isEqualTo("200 {\"data\":[{\"type\":\"model\",\"id\":\"tiny\",\"display_name\":\"tiny\","
                        + "\"created_at\":\"1970-01-01T00:00:00Z\"}],\"has_more\":false,"
                        + "\"first_id\":\"tiny\",\"last_id\":\"tiny\"}");
        assertThat(asAnthropic("/v1/models/tiny")).startsWith("200 {\"type\":\"model\",\"id\":\"tiny\"");
        String notFound = "404 {\"type\":\"error\",\"error\":{\"type\":\"not_found_error\",";
        assertThat(asAnthropic("/v1/models/none")).startsWith(notFound);
        assertThat(asAnthropic("/v1/complete")).startsWith(notFound);
        assertThat(gateway.get("/v1/messages/batches").body()).startsWith(notFound.substring(4));
        assertThat(gateway.get("/v1/nothing").body()).startsWith("{\"error\":{");
    }

    private String asAnthropic(String path) throws Exception {
        HttpResponse<String> answer = gateway.client.send(
                gateway.request(path).header("anthropic-version", "2023-06-01").build(),
                HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.body();
    }
}
