package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Endpoints of the inference gateway over REST. */
class InferenceEndpointTest extends InferenceApiRig {
    @Test
    void an_endpoint_is_set_with_a_secret_that_then_stays() {
        String cloud = "{\"baseUrl\":\"https://93.184.216.34/v1/\",\"authorization\":{\"secret\":\"openai\"},"
                + "\"upstreamModel\":\"large\",\"concurrency\":4}";
        assertThat(json(put(ENDPOINTS + "/cloud", cloud), 422).getString("detail"))
                .contains("/authorization", "openai");
        put("/api/secrets/openai", "{\"value\":\"canary-1\"}");
        JsonObject made = json(put(ENDPOINTS + "/cloud", cloud), 201);
        assertThat(made.getString("baseUrl")).isEqualTo("https://93.184.216.34/v1");
        assertThat(made.getBoolean("usable")).isTrue();
        assertThat(made.encode()).doesNotContain("canary");
        assertThat(get(ENDPOINTS).getJsonArray("items").getJsonObject(0)).isEqualTo(made);
        HttpResponse<String> kept = server.call("DELETE", "/api/secrets/openai", "operator", null);
        assertThat(kept.statusCode()).isEqualTo(409);
        assertThat(kept.body()).contains("endpoint cloud");
        JsonObject open =
                json(put(ENDPOINTS + "/cloud", "{\"baseUrl\":\"https://93.184.216.34/v1\"}", "If-Match", "\"1\""), 200);
        assertThat(open.fieldNames()).doesNotContain("authorization", "upstreamModel");
        assertThat(put(ENDPOINTS + "/cloud", cloud, "If-Match", "\"1\"").statusCode())
                .isEqualTo(412);
        assertThat(server.call("DELETE", "/api/secrets/openai", "operator", null)
                        .statusCode())
                .isEqualTo(204);
        assertThat(server.call("DELETE", ENDPOINTS + "/cloud", "operator", null).statusCode())
                .isEqualTo(204);
        assertThat(server.call("GET", ENDPOINTS + "/cloud", "viewer", null).statusCode())
                .isEqualTo(404);
    }

    @Test
    void endpoints_with_internal_addresses_and_broken_urls_are_refused() {
        for (String url : List.of(
                "http://127.0.0.1:8080/v1",
                "http://localhost/v1",
                "http://10.0.0.1/v1",
                "http://169.254.169.254/latest",
                "http://[::1]/v1",
                "http://[::ffff:10.0.0.1]/v1",
                "http://2130706433/v1",
                "ftp://93.184.216.34/v1",
                "https://user:pass@93.184.216.34/v1",
                "https://93.184.216.34/v1?key=canary",
                "https://93.184.216.34/v1#x",
                "/v1")) {
            HttpResponse<String> refused =
                    put(ENDPOINTS + "/x", new JsonObject().put("baseUrl", url).encode());
            assertThat(refused.statusCode()).as(url + refused.body()).isEqualTo(422);
            assertThat(refused.body()).contains("/baseUrl");
        }
        assertThat(get(ENDPOINTS).getInteger("totalSize")).isZero();
    }
}
