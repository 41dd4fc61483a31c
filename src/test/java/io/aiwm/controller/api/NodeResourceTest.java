package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.NodeModel;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Nodes over REST: their records, lists and tokens. */
class NodeResourceTest extends NodeApiRig {
    @Test
    void a_node_is_made_read_changed_and_removed() {
        var made = call("POST", "/api/nodes", "{\"id\":\"gpu-1\",\"role\":\"gpu\",\"labels\":{\"pool\":\"train\"}}");
        assertThat(json(made, 201).getString("status")).isEqualTo("PENDING");
        assertThat(made.headers().firstValue("Location")).hasValue("/api/nodes/gpu-1");
        assertThat(json(call("POST", "/api/nodes", "{\"id\":\"gpu-1\"}"), 409).getString("code"))
                .isEqualTo("conflict");
        var read = call("GET", "/api/nodes/gpu-1", null);
        String etag = read.headers().firstValue("ETag").orElseThrow();
        var changed = json(
                call("PATCH", "/api/nodes/gpu-1", "{\"zone\":\"eu-1\",\"labels\":{\"pool\":null}}", "If-Match", etag),
                200);
        assertThat(changed.getString("zone")).isEqualTo("eu-1");
        assertThat(changed.getJsonObject("labels", new JsonObject())).isEmpty();
        json(call("PATCH", "/api/nodes/gpu-1", "{\"zone\":\"eu-2\"}", "If-Match", etag), 412);
        assertThat(json(call("PUT", "/api/nodes/gpu-1/schedulable", "{\"schedulable\":false}"), 200)
                        .getBoolean("schedulable"))
                .isFalse();
        assertThat(call("DELETE", "/api/nodes/gpu-1", null).statusCode()).isEqualTo(204);
        json(call("GET", "/api/nodes/gpu-1", null), 404);
        json(call("DELETE", "/api/nodes/gpu-1", null), 404);
    }

    @Test
    void a_list_is_filtered_and_paged() {
        for (String id : List.of("a-1", "b-2", "c-3")) {
            call(
                    "POST",
                    "/api/nodes",
                    new JsonObject()
                            .put("id", id)
                            .put("zone", id.substring(0, 1))
                            .encode());
        }
        var first = json(call("GET", "/api/nodes?pageSize=2", null), 200);
        assertThat(first.getJsonArray("items")).hasSize(2);
        assertThat(first.getLong("totalSize")).isEqualTo(3);
        var second =
                json(call("GET", "/api/nodes?pageSize=2&pageToken=" + first.getString("nextPageToken"), null), 200);
        assertThat(second.getJsonArray("items").getJsonObject(0).getString("id"))
                .isEqualTo("c-3");
        assertThat(second.containsKey("nextPageToken")).isFalse();
        assertThat(json(call("GET", "/api/nodes?zone=a&zone=c&status=PENDING", null), 200)
                        .getLong("totalSize"))
                .isEqualTo(2);
        json(call("GET", "/api/nodes?pageSize=-3", null), 400);
        json(call("GET", "/api/nodes?pageToken=%21%21", null), 400);
        json(call("GET", "/api/nodes?pageToken=zzz", null), 400);
        json(call("GET", "/api/nodes?labelSelector=%3D%3D", null), 400);
    }

    @Test
    void the_models_of_a_node_are_shown_with_it_and_not_in_lists() {
        fleet.create("gpu-1");
        fleet.register("gpu-1");
        assertThat(json(call("GET", "/api/nodes/gpu-1", null), 200).containsKey("models"))
                .isFalse();
        fleet.admission.holds("gpu-1", List.of(new NodeModel("llama", "0123456789abcdef".repeat(4), 7L)));
        Awaitility.await()
                .untilAsserted(() -> assertThat(
                                json(call("GET", "/api/nodes/gpu-1", null), 200).getJsonArray("models"))
                        .containsExactly(new JsonObject()
                                .put("name", "llama")
                                .put("sha256", "0123456789abcdef".repeat(4))
                                .put("sizeBytes", 7)));
        assertThat(json(call("GET", "/api/nodes", null), 200)
                        .getJsonArray("items")
                        .getJsonObject(0)
                        .fieldNames())
                .contains("id", "hostname")
                .doesNotContain("models");
    }

    @Test
    void a_clock_that_is_off_is_shown_with_a_warning_in_lists_too() {
        fleet.create("gpu-1");
        fleet.register("gpu-1");
        assertThat(json(call("GET", "/api/nodes/gpu-1", null), 200).fieldNames())
                .doesNotContain("clockSkewMs", "warnings");
        fleet.admission.measures("gpu-1", fleet.clock.instant().plusSeconds(4), null);
        JsonObject agrees = json(call("GET", "/api/nodes/gpu-1", null), 200);
        assertThat(agrees.getLong("clockSkewMs")).isEqualTo(4_000);
        assertThat(agrees.containsKey("warnings")).isFalse();

        fleet.admission.measures("gpu-1", fleet.clock.instant().plusSeconds(3_600), Map.of());
        for (JsonObject shown : List.of(
                json(call("GET", "/api/nodes/gpu-1", null), 200),
                json(call("GET", "/api/nodes", null), 200).getJsonArray("items").getJsonObject(0))) {
            assertThat(shown.getLong("clockSkewMs")).isEqualTo(3_600_000);
            assertThat(shown.getJsonArray("warnings"))
                    .containsExactly("its clock is 3600 s ahead of this controller's; set the clocks by NTP");
        }
    }

    @Test
    void a_node_whose_last_token_ends_soon_says_so_until_it_has_another() {
        fleet.create("gpu-1");
        json(call("POST", "/api/nodes/gpu-1/token", "{\"expiresIn\":60}"), 201);
        fleet.clock.pass(Duration.ofSeconds(49));
        assertThat(json(call("GET", "/api/nodes/gpu-1", null), 200).containsKey("warnings"))
                .isFalse();
        fleet.clock.pass(Duration.ofSeconds(2));
        assertThat(json(call("GET", "/api/nodes/gpu-1", null), 200).getJsonArray("warnings"))
                .containsExactly("its last token ends at 2026-11-21T10:01:00Z and is not renewed yet");

        json(call("POST", "/api/nodes/gpu-1/token", "{\"expiresIn\":600}"), 201);
        assertThat(json(call("GET", "/api/nodes/gpu-1", null), 200).containsKey("warnings"))
                .isFalse();
    }

    @Test
    void a_node_token_is_shown_once_listed_and_revoked_and_opens_nothing_here() {
        call("POST", "/api/nodes", "{\"id\":\"gpu-1\"}");
        var issued = json(call("POST", "/api/nodes/gpu-1/token", "{\"expiresIn\":60,\"description\":\"rack 7\"}"), 201);
        assertThat(server.call("GET", "/api/nodes", issued.getString("token"), null)
                        .statusCode())
                .isEqualTo(401);
        var listed = call("GET", "/api/nodes/gpu-1/tokens", null);
        assertThat(listed.body())
                .contains(issued.getString("tokenId"), "rack 7")
                .doesNotContain(issued.getString("token"));
        assertThat(call("DELETE", "/api/nodes/gpu-1/tokens/" + issued.getString("tokenId"), null)
                        .statusCode())
                .isEqualTo(204);
        assertThat(json(call("GET", "/api/nodes/gpu-1/tokens", null), 200).getJsonArray("items"))
                .isEmpty();
        json(call("POST", "/api/nodes/nobody/token", "{}"), 404);
        json(call("POST", "/api/nodes/gpu-1/token", "{\"expiresIn\":-1}"), 400);
    }

    @Test
    void an_expired_token_opens_nothing() {
        fleet.clock.pass(Duration.ofMinutes(11));
        assertThat(json(call("GET", "/api/nodes", null), 401).getString("detail"))
                .contains("expired");
    }

    @Test
    void what_a_node_cannot_be_is_refused_and_leaves_no_trace() {
        json(call("POST", "/api/nodes", "{\"id\":\"../etc\",\"role\":\"tpu\",\"colour\":\"red\"}"), 400);
        json(call("POST", "/api/nodes", "{\"id\":\"a\",\"labels\":{\"bad key\":\"x\"}}"), 400);
        json(call("POST", "/api/nodes", "{\"id\":\"a\",\"capabilities\":[\"docker\",\"docker\"]}"), 400);
        json(call("POST", "/api/nodes", "{\"id\":\"a\",\"labels\":{\"aiwm.io/x\":\"1\"}}"), 400);
        assertThat(json(call("GET", "/api/nodes", null), 200).getLong("totalSize"))
                .isZero();
        json(call("POST", "/api/nodes", "{\"id\":\"a\"}"), 201);
        for (String patch : List.of(
                "{\"labels\":{\"aiwm.io/x\":\"1\"}}",
                "{\"labels\":{\"a\":\"b c\"}}",
                "{\"zone\":\"-\"}",
                "{\"zone\":\" \"}")) {
            json(call("PATCH", "/api/nodes/a", patch), 400);
        }
    }
}
