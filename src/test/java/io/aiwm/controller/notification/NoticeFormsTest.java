package io.aiwm.controller.notification;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is sent, and what of it as one. */
class NoticeFormsTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final Instant NOW = Instant.parse("2026-11-27T10:00:00Z");

    @Test
    void forms_of_others_have_their_fields() {
        Notice notice = Notice.of(new JsonObject()
                .put("id", "nodes/n1@2.0")
                .put("revision", 7)
                .put("type", "worker.left")
                .put("kind", "node")
                .put("resourceId", "n1")
                .put("name", "<!channel> & co")
                .put("at", "2026-11-27T10:00:00Z")
                .put("severity", "error")
                .put("text", "silent"));
        assertThat(new JsonObject(WebhookForms.of(Target.Form.SLACK, notice).body()).getString("text"))
                .isEqualTo("✖ worker.left: &lt;!channel&gt; &amp; co\nsilent");
        JsonObject discord =
                new JsonObject(WebhookForms.of(Target.Form.DISCORD, notice).body());
        assertThat(discord.getString("content")).startsWith("✖ worker.left");
        assertThat(discord.getJsonObject("allowed_mentions").getJsonArray("parse"))
                .isEmpty();
        JsonObject teams =
                new JsonObject(WebhookForms.of(Target.Form.TEAMS, notice).body());
        assertThat(teams.getJsonArray("attachments").getJsonObject(0).getString("contentType"))
                .isEqualTo("application/vnd.microsoft.card.adaptive");
        WebhookForms.Content ntfy = WebhookForms.of(Target.Form.NTFY, notice);
        assertThat(ntfy.body()).isEqualTo("silent");
        assertThat(ntfy.headers()).containsEntry("Priority", "5").containsEntry("Tags", "rotating_light");
    }

    /** The example of the specification of Standard Webhooks. */
    @Test
    void signatures_are_those_of_standard_webhooks() {
        assertThat(WebhookSignature.of(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}"))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assertThat(WebhookSignature.of("short", "id", 1, "{}")).isNull();
    }

    @Test
    void an_event_stays_by_itself_where_it_would_overtake_another_of_its_resource() {
        var waiting = new ArrayList<Delivery>();
        Target target = TargetBuilder.builder().id("t").fold(true).build();
        String[] types = {"a", "a", "b", "a", "a", "a", "a"};
        String[] nodes = {"n1", "n2", "n3", "n3", "n4", "n5", "n6"};
        for (int i = 0; i < types.length; i++) {
            Notice notice = Notice.of(new JsonObject()
                    .put("id", "e" + i)
                    .put("revision", i)
                    .put("type", types[i])
                    .put("kind", "node")
                    .put("resourceId", nodes[i])
                    .put("at", NOW.toString()));
            waiting.add(Delivery.of(target, notice, NOW, NOW));
        }
        List<Selection.Unit> units = Selection.of(waiting, NOW, true).units();
        assertThat(units).hasSize(3);
        assertThat(units.get(0).notice().count()).isEqualTo(5);
        assertThat(units.get(1).notice().type()).isEqualTo("b");
        assertThat(units.get(2).notice().id()).isEqualTo("e3");
    }
}
