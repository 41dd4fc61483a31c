package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.auth.Role;
import io.aiwm.controller.drain.DrainRig;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.http.TokenCheck;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DrainResourceTest {
    private static final String DRAIN = "/api/nodes/n1/drain";

    @TempDir
    Path folder;

    private DrainRig rig;
    private TestServer server;
    private String operator;

    @BeforeEach
    void open() {
        rig = new DrainRig(folder, "n1", "n2");
        server = new TestServer(List.of(new DrainResource(rig.drains)), TokenCheck.of(rig.fleet.jwt::verifyUser));
        operator = rig.fleet
                .jwt
                .issueUser("olga", Role.OPERATOR, Duration.ofMinutes(10))
                .token();
    }

    @AfterEach
    void close() {
        server.close();
        rig.close();
    }

    private JsonObject call(String method, String path, String body, int status) {
        HttpResponse<String> answer = server.call(method, path, operator, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return answer.body().isEmpty() ? null : new JsonObject(answer.body());
    }

    @Test
    void a_drain_is_begun_looked_at_and_stopped() {
        call("GET", DRAIN, null, 404);
        rig.step(null, null);
        var begun = call("PUT", DRAIN, "{\"deadlineSeconds\":600,\"message\":\"kernel\"}", 200);
        assertThat(begun.getString("state")).isEqualTo("DRAINING");
        assertThat(begun.getString("actor")).isEqualTo("olga");
        assertThat(begun.getInteger("remaining")).isEqualTo(1);
        assertThat(begun.getInstant("deadline"))
                .isEqualTo(rig.fleet.clock.instant().plusSeconds(600));
        var item = call("GET", DRAIN, null, 200).getJsonArray("items").getJsonObject(0);
        assertThat(item.getString("kind")).isEqualTo("job");
        assertThat(item.getString("state")).isEqualTo("RUNNING");
        call("DELETE", DRAIN, null, 204);
        assertThat(call("GET", DRAIN, null, 200).getString("state")).isEqualTo("STOPPED");
    }

    @Test
    void no_deadline_is_one_hour_and_null_is_none() {
        rig.step(null, null);
        assertThat(call("PUT", DRAIN, "{}", 200).getInstant("deadline"))
                .isEqualTo(rig.fleet.clock.instant().plusSeconds(3600));
        assertThat(call("PUT", DRAIN, "{\"deadlineSeconds\":null}", 200).containsKey("deadline"))
                .isFalse();
    }

    @Test
    void what_cannot_be_is_refused_and_changes_nothing() {
        call("PUT", DRAIN, "{\"deadlineSeconds\":-1}", 400);
        call("PUT", DRAIN, "{\"deadlineSeconds\":1.5}", 400);
        call("PUT", DRAIN, "{\"force\":\"yes\"}", 400);
        call("PUT", DRAIN, "{\"when\":\"now\"}", 400);
        call("PUT", "/api/nodes/nobody/drain", "{}", 404);
        call("DELETE", "/api/nodes/nobody/drain", null, 404);
        assertThat(rig.fleet.nodes.find("n1").schedulable()).isTrue();
    }
}
