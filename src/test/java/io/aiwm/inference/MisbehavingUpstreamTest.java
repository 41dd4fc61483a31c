package io.aiwm.inference;

import static io.aiwm.inference.ScriptedUpstream.USAGE_CHUNK;
import static io.aiwm.inference.ScriptedUpstream.chunk;
import static io.aiwm.inference.TestGateway.BODY;
import static io.aiwm.inference.TestGateway.STREAM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Engines that stall, cut and babble. */
class MisbehavingUpstreamTest extends WithGateway {
    @Test
    void one_that_never_begins_is_a_timeout() throws Exception {
        gateway.upstream.does(response -> {});
        assertThat(gateway.chat(BODY).statusCode()).isEqualTo(504);
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_timeout");
        assertThat(gateway.upstream.cancelled.poll(5, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void one_that_stalls_in_a_stream_ends_it_with_an_error_object() throws Exception {
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.write("data: " + chunk("a") + "\n\ndata: {\"half");
        });
        HttpResponse<String> answer = gateway.chat(STREAM);
        assertThat(answer.statusCode()).isEqualTo(200);
        expectError(answer.body(), "data: " + chunk("a") + "\n\n", "upstream_timeout");
        assertThat(gateway.upstream.cancelled.poll(5, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void one_that_cuts_a_stream_ends_it_with_an_error_object() throws Exception {
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.write("data: " + chunk("a") + "\n\n").onComplete(sent -> gateway.upstream.cut());
        });
        expectError(gateway.chat(STREAM).body(), "data: " + chunk("a") + "\n\n", "upstream_broke_off");
    }

    @Test
    void one_that_ends_a_stream_in_order_and_never_says_why_ends_it_with_an_error_object() throws Exception {
        for (String last : List.of(
                "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}",
                "{\"error\":{\"message\":\"out of memory\"}}")) {
            gateway.upstream.streams(chunk("a"), last);
            assertThat(gateway.chat(STREAM).body()).isEqualTo("data: " + chunk("a") + "\n\ndata: " + last + "\n\n");
            assertThat(gateway.usage().errorCode()).isNull();
        }
        gateway.upstream.streams(chunk("a"));
        expectError(gateway.chat(STREAM).body(), "data: " + chunk("a") + "\n\n", "upstream_broke_off");
    }

    @Test
    void the_error_of_an_engine_inside_a_stream_is_told_in_each_dialect() throws Exception {
        gateway.upstream.streams(chunk("a"), "{\"error\":{\"message\":\"out of memory\",\"code\":500}}", "[DONE]");
        String asked = STREAM.replace("{\"model\"", "{\"max_tokens\":9,\"model\"");
        assertThat(gateway.post("/v1/messages", asked).body())
                .endsWith("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\","
                        + "\"message\":\"out of memory\"}}\n\n");
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_error");
        String responses = "{\"model\":\"tiny\",\"stream\":true,\"input\":\"hi\"}";
        assertThat(gateway.post("/v1/responses", responses).body())
                .contains("event: response.failed")
                .contains("\"message\":\"out of memory\"");
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_error");
    }

    private void expectError(String body, String before, String code) throws Exception {
        assertThat(body).startsWith(before + "data: {\"error\":").endsWith("}\n\n");
        JsonObject error = new JsonObject(body.substring(before.length() + 6)).getJsonObject("error");
        assertThat(error.getString("code")).isEqualTo(code);
        CallUsage usage = gateway.usage();
        assertThat(usage.errorCode()).isEqualTo(code);
        assertThat(usage.completionTokens()).isEqualTo(1);
    }

    @Test
    void one_that_cuts_before_the_first_byte_is_replaced_by_another_replica() throws Exception {
        var good = new ScriptedUpstream(gateway.vertx);
        good.streams(chunk("a"), USAGE_CHUNK, "[DONE]");
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.writeHead().onComplete(sent -> gateway.upstream.cut());
        });
        gateway.serves(gateway.upstream.replica("r1"), good.replica("r2"));
        for (int i = 0; i < 10; i++) {
            assertThat(gateway.chat(STREAM).body()).isEqualTo("data: " + chunk("a") + "\n\ndata: [DONE]\n\n");
            assertThat(gateway.usage().replicaId()).isEqualTo("r2");
        }
        assertThat(gateway.upstream.seen.size()).isPositive();
    }

    @Test
    void an_answer_that_is_cut_is_not_taken_for_a_whole_one() throws Exception {
        gateway.upstream.does(response -> response.putHeader("Content-Type", "application/json")
                .putHeader("Content-Length", "1000")
                .write("{\"choices\":[")
                .onComplete(sent -> gateway.upstream.cut()));
        assertThatThrownBy(() -> gateway.chat(BODY)).isInstanceOf(IOException.class);
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_broke_off");
    }

    @Test
    void malformed_events_are_the_callers_to_read() throws Exception {
        String odd = ": comment\n\ndata: {not json\n\nevent: x\r\ndata: 1\r\n\r\n\n\ndata: \"usage\": {\n\n";
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.end(odd);
        });
        assertThat(gateway.chat(STREAM).body()).isEqualTo(odd);
        assertThat(gateway.usage().status()).isEqualTo(200);
    }

    @Test
    void malformed_events_that_must_be_translated_end_the_stream_with_an_error() throws Exception {
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.write("data: " + chunk("a") + "\n\ndata: {not json\n\n");
        });
        String asked = STREAM.replace("{\"model\"", "{\"max_tokens\":9,\"model\"");
        HttpResponse<String> answer = gateway.post("/v1/messages", asked);
        assertThat(answer.body())
                .contains("event: message_start")
                .contains("event: error")
                .doesNotContain("message_stop");
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_malformed");
    }

    @Test
    void a_line_of_ten_megabytes_passes_and_one_without_an_end_does_not() throws Exception {
        String line = "data: " + "x".repeat(10 << 20) + "\n\n";
        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.end(line + "data: [DONE]\n\n");
        });
        assertThat(gateway.chat(STREAM).body()).isEqualTo(line + "data: [DONE]\n\n");
        gateway.usage();

        gateway.upstream.does(response -> {
            ScriptedUpstream.begin(response);
            response.end("x".repeat(17 << 20));
        });
        assertThat(gateway.chat(STREAM).body()).endsWith("}\n\n").contains("a line of the answer is too long");
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_malformed");
    }

    @Test
    void an_answer_that_turns_out_to_be_none_at_its_end_is_no_success() throws Exception {
        String asked = STREAM.replace("{\"model\"", "{\"max_tokens\":9,\"model\"");
        gateway.upstream.streams("[DONE]");
        assertThat(gateway.post("/v1/messages", asked).statusCode()).isEqualTo(502);
        assertThat(gateway.usage().errorCode()).isEqualTo("upstream_malformed");

        String nameless =
                "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t1\","
                        + "\"function\":{\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}";
        gateway.upstream.streams(nameless, "[DONE]");
        HttpResponse<String> answer = gateway.post("/v1/messages", asked);
        assertThat(answer.body()).contains("event: error").doesNotContain("message_stop");
        CallUsage usage = gateway.usage();
        assertThat(usage.status()).isEqualTo(502);
        assertThat(usage.errorCode()).isEqualTo("upstream_malformed");
    }
}
