package io.aiwm.controller.notification;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.notification.Selection.Held;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        // Markdown, in which & and ! are nothing
        assertThat(discord.getString("content")).isEqualTo("✖ worker.left: \\<!channel\\> & co\nsilent");
        assertThat(discord.getJsonObject("allowed_mentions").getJsonArray("parse"))
                .isEmpty();
        assertThat(run(notice, 0)).isEqualTo("✖ worker.left: <!channel> & co");
        assertThat(run(notice, 1)).isEqualTo("silent");
        WebhookForms.Content ntfy = WebhookForms.of(Target.Form.NTFY, notice);
        assertThat(ntfy.body()).isEqualTo("silent");
        assertThat(ntfy.headers()).containsEntry("Priority", "5").containsEntry("Tags", "rotating_light");
    }

    private static String run(Notice notice, int at) {
        JsonObject attachment = new JsonObject(
                        WebhookForms.of(Target.Form.TEAMS, notice).body())
                .getJsonArray("attachments")
                .getJsonObject(0);
        assertThat(attachment.getString("contentType")).isEqualTo("application/vnd.microsoft.card.adaptive");
        JsonObject block =
                attachment.getJsonObject("content").getJsonArray("body").getJsonObject(at);
        assertThat(block.getString("type")).isEqualTo("RichTextBlock");
        return block.getJsonArray("inlines").getJsonObject(0).getString("text");
    }

    /** Each of them refuses, or cuts off in the middle of a character, what is longer. */
    @ParameterizedTest
    @ValueSource(strings = {"<", "_", "日", "😀", "\"", "\u0001"})
    void nothing_is_longer_than_its_service_takes(String each) {
        String name = each.repeat(300);
        Notice notice = Notice.folded(IntStream.range(0, 30)
                .mapToObj(i -> Notice.of(new JsonObject()
                        .put("id", "nodes/n" + i + "@2.0")
                        .put("revision", i)
                        .put("type", "worker.left")
                        .put("kind", "node")
                        .put("resourceId", "n" + i)
                        .put("name", i + name)
                        .put("at", NOW.toString())))
                .toList());
        assertThat(notice.text().length()).isGreaterThan(6_000);
        assertThat(whole(new JsonObject(
                                WebhookForms.of(Target.Form.SLACK, notice).body())
                        .getString("text")))
                .hasSizeLessThanOrEqualTo(4_000)
                .endsWith("…");
        assertThat(whole(new JsonObject(
                                WebhookForms.of(Target.Form.DISCORD, notice).body())
                        .getString("content")))
                .hasSizeLessThanOrEqualTo(2_000)
                .endsWith("…");
        assertThat(whole(WebhookForms.of(Target.Form.TEAMS, notice).body()).getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThan(28 << 10);
        assertThat(whole(WebhookForms.of(Target.Form.NTFY, notice).body()).getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThanOrEqualTo(4_096);
    }

    /** Fails where half a character is left. */
    private static String whole(String text) {
        assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(text)).isTrue();
        return text;
    }

    @Test
    void a_title_that_is_not_ascii_is_a_header_all_the_same() {
        Notice notice = Notice.of(new JsonObject()
                .put("id", "nodes/n1@2.0")
                .put("revision", 7)
                .put("type", "worker.left")
                .put("kind", "node")
                .put("resourceId", "n1")
                .put("name", "Zürich\r\nX: y")
                .put("at", NOW.toString()));
        String title = WebhookForms.of(Target.Form.NTFY, notice).headers().get("Title");
        assertThat(title).startsWith("=?UTF-8?B?").endsWith("?=");
        assertThat(new String(
                        Base64.getDecoder().decode(title.substring(10, title.length() - 2)), StandardCharsets.UTF_8))
                .isEqualTo("worker.left: Zürich X: y");
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
        String[] types = {"a", "a", "b", "a", "a", "a", "a"};
        String[] nodes = {"n1", "n2", "n3", "n3", "n4", "n5", "n6"};
        for (int i = 0; i < types.length; i++) {
            waiting.add(delivery(i, types[i], nodes[i], NOW));
        }
        List<Selection.Unit> units = Selection.of(waiting, Held.NONE, NOW, true).units();
        assertThat(units).hasSize(3);
        assertThat(units.get(0).notice().count()).isEqualTo(5);
        assertThat(units.get(1).notice().type()).isEqualTo("b");
        assertThat(units.get(2).notice().id()).isEqualTo("e3");
    }

    @Test
    void a_storm_that_lasts_is_gathered_from_its_first_event() {
        var waiting = new ArrayList<Delivery>();
        for (int i = 0; i < 20; i++) {
            waiting.add(delivery(i, "a", "n" + i, NOW.plusMillis(100L * i)));
        }
        assertThat(Selection.of(waiting, Held.NONE, NOW.minusMillis(1), true).units())
                .isEmpty();
        assertThat(Selection.of(waiting, Held.NONE, NOW, true).units())
                .singleElement()
                .satisfies(one -> assertThat(one.notice().count()).isEqualTo(20));
        assertThat(Selection.of(waiting, Held.NONE, NOW, false).units()).hasSize(1);
        // what failed keeps its pause
        waiting.set(5, waiting.get(5).failed("down", false, NOW.plusSeconds(9)));
        Selection later = Selection.of(waiting, Held.NONE, NOW, true);
        assertThat(later.units())
                .singleElement()
                .satisfies(one -> assertThat(one.notice().count()).isEqualTo(19));
        assertThat(later.nextDue()).isEqualTo(NOW.plusSeconds(9));
    }

    @Test
    void a_storm_that_was_refused_is_one_message_again() {
        var waiting = new ArrayList<Delivery>();
        for (int i = 0; i < 20; i++) {
            waiting.add(delivery(i, "a", "n" + i, NOW).failed("down", false, NOW.plusSeconds(9)));
        }
        waiting.add(delivery(20, "a", "n20", NOW));
        assertThat(Selection.of(waiting, Held.NONE, NOW.plusSeconds(9), true).units())
                .extracting(unit -> unit.members().size())
                .containsExactly(20, 1);
    }

    private static Delivery delivery(int number, String type, String node, Instant due) {
        Target target = TargetBuilder.builder().id("t").fold(true).build();
        Notice notice = Notice.of(new JsonObject()
                .put("id", "e" + number)
                .put("revision", number)
                .put("type", type)
                .put("kind", "node")
                .put("resourceId", node)
                .put("at", NOW.toString()));
        return Delivery.of(target, notice, NOW.minusSeconds(5), due);
    }
}
