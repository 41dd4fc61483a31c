package io.aiwm.worker.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.protocol.RegisterAck;
import io.aiwm.protocol.RegisterAckBuilder;
import io.aiwm.worker.WorkerSettings;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The token of a worker: it is kept, renewed, and refused. */
class LinkTokenTest extends LinkRig {
    @Test
    void a_revoked_token_causes_no_storm() throws Exception {
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.awaitSessions(1);
        controller.refuse(401);

        controller.close(4401);

        // long enough for the first tries of an ordinary backoff
        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(4)).until(() -> controller.tokens.size() == 1);
    }

    @Test
    void the_register_ack_is_obeyed_and_the_token_it_gives_is_kept() throws Exception {
        controller.answerWith(RegisterAckBuilder.builder()
                .accepted(true)
                .heartbeatIntervalMs(0)
                .metricsIntervalMs(0)
                .adopt(List.of())
                .stop(List.of("stale"))
                .resend(List.of())
                .forget(List.of())
                .nodeToken("given")
                .build());
        worker(WorkerSettings.worker(controller.url(), "node-1", null));

        await().until(() -> containers.stopped.contains("stale"));
        Path identity = folder.resolve("identity.json");
        await().until(() -> Files.readString(identity).contains("given"));
        assertThat(Files.getPosixFilePermissions(identity)).hasSize(2);
        controller.close(1012);
        controller.awaitSessions(2);
        assertThat(controller.tokens).containsExactly("null", "Bearer given");
    }

    @Test
    void the_token_it_was_started_with_is_kept_for_a_start_without() throws Exception {
        Config.Worker settings = WorkerSettings.worker(controller.url(), "node-1", "secret");
        controller.refuse(401);
        worker(settings);
        Path identity = folder.resolve("identity.json");
        await().until(() -> !controller.tokens.isEmpty());
        assertThat(link.registered().isComplete()).as("ready").isFalse();
        assertThat(Files.readString(identity))
                .as("not before it has proven good")
                .doesNotContain("secret");
        controller.refuse(0);

        link.registered().await(20, TimeUnit.SECONDS);

        await().until(() -> Files.readString(identity).contains("secret"));
        assertThat(Files.getPosixFilePermissions(identity)).hasSize(2);
        assertThat(Identity.load(identity, WorkerSettings.worker(controller.url(), null, null)))
                .extracting(Identity::nodeId, Identity::nodeToken)
                .containsExactly("node-1", "secret");
    }

    @Test
    void a_token_that_ends_soon_is_renewed_kept_and_used_at_once() throws Exception {
        long now = Instant.now().getEpochSecond();
        String ending = token(now - 90, now + 10);
        String fresh = token(now, now + 100);
        worker(WorkerSettings.worker(controller.url(), "node-1", ending));

        assertThat(controller.await("token.renew", 1).data().getString("sessionId"))
                .isEqualTo("session-1");
        controller.send("token.renewed", new JsonObject().put("nodeToken", fresh), null);

        controller.awaitSessions(2);
        assertThat(controller.tokens).containsExactly("Bearer " + ending, "Bearer " + fresh);
        Path identity = folder.resolve("identity.json");
        assertThat(Identity.load(identity, WorkerSettings.worker(controller.url(), "node-1", ending))
                        .nodeToken())
                .as("also when it is configured with the one before")
                .isEqualTo(fresh);
        assertThat(controller.count("token.renew")).isEqualTo(1);
    }

    @Test
    void a_token_that_comes_near_its_end_within_a_session_is_renewed_then_and_asked_for_until_it_is_there()
            throws Exception {
        long now = Instant.now().getEpochSecond();
        // renewable in its last third, so in about 4 s
        worker(WorkerSettings.worker(controller.url(), "node-1", token(now - 16, now + 14)));
        controller.awaitSessions(1);
        link.registered().await(10, TimeUnit.SECONDS);
        assertThat(controller.count("token.renew")).as("not yet").isZero();

        controller.await("token.renew", 2);
        controller.send("token.renewed", new JsonObject().put("nodeToken", token(now, now + 100)), null);

        controller.awaitSessions(2);
        assertThat(controller.tokens.get(1)).isEqualTo("Bearer " + token(now, now + 100));
    }

    private static String token(long from, long until) {
        String claims = new JsonObject()
                .put("sub", "node-1")
                .put("iat", from)
                .put("exp", until)
                .encode();
        return "e30." + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(StandardCharsets.UTF_8))
                + ".signature";
    }

    @Test
    void a_refusal_is_not_argued_with() throws Exception {
        controller.answerWith(RegisterAck.refused("this token is node 2's"));
        worker(WorkerSettings.worker(controller.url(), "node-1", "secret"));
        controller.await("node.register", 1);

        await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(4))
                .until(() -> controller.count("node.register") == 1);
    }
}
