package io.aiwm.inference.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UsageEventFilterTest {
    private static final String SAID = "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6,\"total_tokens\":11}}";
    private static final List<String> USAGES = List.of(
            "data: {\"choices\":[]," + SAID,
            "data:{\"choices\" : [ ], " + SAID,
            "data: {\"choices\":null," + SAID,
            "event: message\nid: 7\ndata: {\"choices\":[]," + SAID,
            ": the usage\ndata: {\"choices\":[]," + SAID + "\nretry: 10",
            "data: {\ndata: \"choices\":\ndata: [],\ndata: " + SAID);
    private static final List<String> EVENTS = List.of(
            "data: {\"choices\":[{\"delta\":{\"content\":\"a \\\"usage\\\":{\\\"prompt_tokens\\\":99}\"}}]}",
            "data: {\"choices\":[{\"delta\":{}}],\"usage\":null}",
            ": ping",
            "event: x\ndata:{\"choices\":[{}]}",
            "data: {\"choices\":\ndata: [{\"index\":0}]}",
            "data: {\"choices\":[{\"delta\":{\"content\":\"" + "long ".repeat(20_000) + "\"}}]}",
            "");

    @Test
    void however_it_is_cut_the_stream_passes_without_the_usage_event() {
        var random = new Random(11);
        for (int run = 0; run < 300; run++) {
            var whole = new StringBuilder();
            var wanted = new StringBuilder();
            String lineEnd = List.of("\n", "\r\n", "\r").get(random.nextInt(3));
            int count = random.nextInt(8);
            for (int i = 0; i < count; i++) {
                append(EVENTS.get(random.nextInt(EVENTS.size())), lineEnd, whole, wanted);
            }
            append(USAGES.get(random.nextInt(USAGES.size())), lineEnd, whole);
            append((random.nextBoolean() ? "event: done\n" : "") + "data: [DONE]", lineEnd, whole, wanted);
            var filter = new UsageEventFilter(false, 1 << 20);
            var passed = Buffer.buffer();
            for (Buffer piece : cut(whole.toString(), random)) {
                passed.appendBuffer(filter.pass(piece));
            }
            passed.appendBuffer(filter.rest());
            assertThat(passed.toString()).isEqualTo(wanted.toString());
            assertThat(filter.tokens()).isEqualTo(new TokenUsage(5, 6));
            assertThat(filter.done()).isTrue();
        }
    }

    private static void append(String event, String lineEnd, StringBuilder... to) {
        for (StringBuilder each : to) {
            each.append((event + "\n\n").replace("\n", lineEnd));
        }
    }

    private static List<Buffer> cut(String text, Random random) {
        var pieces = new ArrayList<Buffer>();
        Buffer all = Buffer.buffer(text);
        int most = random.nextBoolean() ? 7 : 30_000;
        for (int at = 0; at < all.length(); ) {
            int end = Math.min(all.length(), at + 1 + random.nextInt(most));
            pieces.add(all.getBuffer(at, end));
            at = end;
        }
        return pieces;
    }

    @Test
    void whole_events_pass_without_a_copy() {
        Buffer piece = Buffer.buffer("data: {\"choices\":[{}]}\n\n");
        assertThat(new UsageEventFilter(false, 1_000).pass(piece)).isSameAs(piece);
    }

    @Test
    void a_line_has_a_limit_over_all_pieces() {
        var filter = new UsageEventFilter(false, 100_000);
        filter.pass(Buffer.buffer("x".repeat(90_000)));
        assertThat(filter.inEvent()).isTrue();
        assertThatThrownBy(() -> filter.pass(Buffer.buffer("x".repeat(20_000))))
                .isInstanceOf(UsageEventFilter.LineTooLong.class);
    }

    @Test
    void an_answers_usage_is_found_at_its_end_and_at_its_beginning() {
        String usage = "\"usage\" : {\"prompt_tokens\":3,\"total_tokens\":3}";
        String data = "\"data\":\"" + "v".repeat(50_000) + "\\\"usage\\\":{\"";
        for (String text : List.of("{" + usage + "," + data + "}", "{" + data + "," + usage + ",\"id\":1}")) {
            for (int size : List.of(1_000, 64, 60_000)) {
                var tail = new UsageTail();
                for (int at = 0; at < text.length(); at += size) {
                    tail.add(Buffer.buffer(text.substring(at, Math.min(text.length(), at + size))));
                }
                if (size == 64 && text.startsWith("{\"usage")) {
                    continue; // the beginning is looked for in the first piece alone
                }
                assertThat(tail.found()).as(size + text.substring(0, 10)).isEqualTo(new TokenUsage(3, 0));
            }
        }
    }

    @Test
    void an_event_that_is_passed_on_in_parts_may_be_the_one_that_says_why_the_answer_ends() {
        String first = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n";
        var filter = new UsageEventFilter(true, 1 << 20, true);
        filter.pass(Buffer.buffer(first));
        assertThat(filter.isUnfinished()).isTrue();
        filter.pass(Buffer.buffer("data: {\"choices\":[{\"delta\":{\"content\":\"" + "x".repeat(9_000)));
        assertThat(filter.isUnfinished()).isTrue();
        filter.pass(Buffer.buffer("\"},\"finish_reason\":\"stop\"}]}\n\n"));
        assertThat(filter.isUnfinished()).isFalse();
    }
}
