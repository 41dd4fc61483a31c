package io.aiwm.controller.gateway;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.auth.Role;
import io.aiwm.controller.gateway.GatewayUnderTest.Worker;
import io.aiwm.controller.node.NodeStatus;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tokens of nodes at the gateway: refused, revoked, expired and renewed. */
class GatewayTokensTest extends GatewayRig {
    @Test
    void a_session_renews_its_token_before_that_ends() {
        controller.fleet.create("n1");
        Worker worker = controller.worker(
                "n1", await(controller.fleet.tokens.issue("n1", 90L, null)).token());
        worker.register();
        worker.send("token.renew", worker.data());
        assertThat(worker.next("error").getJsonObject("data").getString("message"))
                .as("too early")
                .contains("good until");
        controller.fleet.clock.pass(Duration.ofSeconds(70));

        worker.send("token.renew", worker.data());

        JsonObject renewed = worker.next("token.renewed").getJsonObject("data");
        assertThat(renewed.getInstant("expiresAt"))
                .isEqualTo(controller.fleet.clock.instant().plusSeconds(90));
        controller.fleet.clock.pass(Duration.ofSeconds(60));
        controller.worker("n1", renewed.getString("nodeToken")).register();
    }

    @Test
    void the_handshake_is_refused_without_a_good_token() {
        String token = controller.token("n1");
        String users = controller
                .fleet
                .jwt
                .issueUser("admin", Role.ADMIN, Duration.ofHours(1))
                .token();
        assertThat(refusal(null)).isEqualTo(401);
        assertThat(refusal("nonsense")).isEqualTo(401);
        assertThat(refusal(token.substring(0, token.length() - 3) + "xyz")).isEqualTo(401);
        assertThat(refusal(users)).isEqualTo(403);
        controller.fleet.clock.pass(Duration.ofDays(31));
        assertThat(refusal(token)).isEqualTo(401);
    }

    private int refusal(String token) {
        try {
            controller
                    .connect(token)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(10, java.util.concurrent.TimeUnit.SECONDS);
            return 101;
        } catch (java.util.concurrent.ExecutionException cause) {
            var rejected = (UpgradeRejectedException) cause.getCause();
            assertThat(rejected.getHeaders().get("Content-Type")).isEqualTo("application/problem+json");
            assertThat(rejected.getBody().toJsonObject().fieldNames())
                    .as("as every problem of this port")
                    .contains("type", "title", "instance", "requestId", "retryable");
            return rejected.getStatus();
        } catch (InterruptedException | java.util.concurrent.TimeoutException cause) {
            throw new IllegalStateException(cause);
        }
    }

    @Test
    void a_revoked_token_ends_its_session_within_five_seconds() {
        Worker worker = controller.registered("n1");
        String tokenId = await(controller.fleet.tokens.list("n1")).get(0).id();
        await(controller.fleet.tokens.revoke("n1", tokenId));
        assertThat(worker.closed()).isEqualTo(4401);
        assertThat(controller.sessions.isConnected("n1")).isFalse();
    }

    @Test
    void a_token_revoked_elsewhere_without_a_hint_ends_its_session_at_the_next_look() {
        Worker worker = controller.registered("n1");
        String tokenId = await(controller.fleet.tokens.list("n1")).get(0).id();
        await(controller.fleet.store.delete("nodeTokens", tokenId, -1));
        await(controller.gateway.run());
        assertThat(worker.closed()).isEqualTo(4401);
    }

    @Test
    void an_expired_token_ends_its_session_at_the_next_look() {
        Worker worker = controller.registered("n1");
        controller.fleet.clock.pass(Duration.ofDays(31));
        await(controller.gateway.run());
        assertThat(worker.closed()).isEqualTo(4401);
    }

    @Test
    void a_node_whose_socket_ends_or_whose_token_is_revoked_is_given_no_more_work() {
        Worker cut = controller.worker("n1", controller.token("n1"));
        cut.register();
        String token = controller.token("n2");
        Worker revoked = controller.worker("n2", token);
        revoked.register();
        cut.socket.close();
        await(controller.fleet.tokens.revoke(
                "n2", controller.fleet.jwt.verifyNode(token).tokenId()));
        for (String node : List.of("n1", "n2")) {
            await().untilAsserted(() -> {
                await(controller.fleet.silent.run());
                assertThat(controller.fleet.nodes.find(node).status()).isEqualTo(NodeStatus.UNHEALTHY);
            });
        }
        assertThat(controller.fleet.nodes.find("n1").statusReason()).contains("connection");
        assertThat(controller.fleet.nodes.find("n2").statusReason()).contains("token");
    }

    @Test
    void tokens_rotate_without_a_gap() {
        String old = controller.token("n1");
        Worker before = controller.worker("n1", old);
        before.register();
        String fresh = await(controller.fleet.tokens.issue("n1", null, null)).token();
        Worker after = controller.worker("n1", fresh);
        after.register();
        assertThat(before.closed()).isEqualTo(4409);
        String oldId = controller.fleet.jwt.verifyNode(old).tokenId();
        await(controller.fleet.tokens.revoke("n1", oldId));
        after.send("telemetry.heartbeat", after.data());
        after.next("heartbeat.ack");
    }

    @Test
    void a_deleted_nodes_session_ends_and_its_token_is_worth_nothing() {
        String token = controller.token("n1");
        Worker worker = controller.worker("n1", token);
        worker.register();
        await(controller.fleet.nodes.delete("n1", true));
        assertThat(worker.closed()).isEqualTo(4401);
        assertThat(refusal(token)).isEqualTo(401);
    }
}
