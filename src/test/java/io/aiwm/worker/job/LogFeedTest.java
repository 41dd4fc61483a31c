package io.aiwm.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.LogChunk;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class LogFeedTest {
    private final List<LogChunk> sent = new ArrayList<>();

    private LogFeed feed(int credit) {
        return new LogFeed("s1", credit, sent::add);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void lines_that_wait_together_leave_together_and_streams_stay_apart() throws InterruptedException {
        LogFeed feed = feed(10);
        feed.offer("stdout", bytes("a\n"));
        feed.offer("stdout", bytes("b\n"));
        feed.offer("stderr", bytes("c\n"));
        feed.drain();
        assertThat(sent).extracting(LogChunk::chunk).containsExactly("a\nb\n", "c\n");
        assertThat(sent).extracting(LogChunk::stream).containsExactly("stdout", "stderr");
        assertThat(sent).extracting(LogChunk::from).containsExactly(0L, 1L);
    }

    @Test
    void lines_with_times_leave_with_one_for_each_also_where_they_are_cut() throws InterruptedException {
        LogFeed feed = feed(10);
        feed.offerLine("stdout", "t1", bytes("a\n"));
        feed.offerLine("stdout", "t2", bytes("b"));
        feed.drain();
        feed.offerLine("stdout", "t3", bytes("b\n"));
        feed.offerLine("stdout", "t4", bytes("\n"));
        feed.offerLine("stdout", "t5", bytes("c"));
        feed.drain();
        feed.complete(null);
        feed.drain();
        assertThat(sent).extracting(LogChunk::chunk).containsExactly("a\n", "bb\n\n", "c");
        assertThat(sent).extracting(LogChunk::times).containsExactly(List.of("t1"), List.of("t2", "t4"), List.of("t5"));
    }

    @Test
    void a_line_longer_than_a_chunk_has_its_time_in_each() throws InterruptedException {
        LogFeed feed = feed(10);
        feed.offerLine("stdout", "t1", bytes("a".repeat(LogFeed.MOST_CHUNK_BYTES)));
        feed.offerLine("stdout", "t1", bytes("a\n"));
        feed.offer("stdout", bytes("without\n"));
        feed.complete(null);
        feed.drain();
        assertThat(sent).extracting(chunk -> chunk.chunk().length()).containsExactly(LogFeed.MOST_CHUNK_BYTES, 2, 8);
        assertThat(sent).extracting(LogChunk::times).containsExactly(List.of("t1"), List.of("t1"), null);
    }

    @Test
    void a_chunk_has_no_more_times_than_its_bound() throws InterruptedException {
        LogFeed feed = feed(10);
        for (int i = 0; i <= LogFeed.MOST_TIMED_LINES; i++) {
            feed.offerLine("stdout", "t" + i, bytes("\n"));
        }
        feed.complete(null);
        feed.drain();
        assertThat(sent).extracting(chunk -> chunk.times().size()).containsExactly(LogFeed.MOST_TIMED_LINES, 1);
        assertThat(sent.get(1).times()).containsExactly("t" + LogFeed.MOST_TIMED_LINES);
    }

    @Test
    void a_note_stands_alone_and_says_that_it_is_one() throws InterruptedException {
        LogFeed feed = feed(10);
        feed.offer("stderr", bytes("a\n"));
        feed.offerMissing(7, "7 are missing\n");
        feed.offer("stderr", bytes("b\n"));
        feed.complete(null);
        feed.drain();
        assertThat(sent).extracting(LogChunk::chunk).containsExactly("a\n", "7 are missing\n", "b\n");
        assertThat(sent).extracting(LogChunk::missing).containsExactly(null, 7L, null);
    }

    @Test
    void without_credit_the_first_piece_leaves_and_nothing_else_not_even_the_end() throws InterruptedException {
        LogFeed feed = feed(0);
        feed.offer("stdout", bytes("a\n"));
        feed.drain();
        assertThat(sent).extracting(LogChunk::chunk).containsExactly("a\n");
        feed.complete(null);
        feed.drain();
        assertThat(sent).hasSize(1);
        feed.addCredit(1);
        feed.drain();
        assertThat(sent).hasSize(2);
        assertThat(sent.get(1).end()).isTrue();
        assertThat(feed.over()).isTrue();
    }

    @Test
    void a_long_log_is_cut_at_line_ends_and_characters_stay_whole() throws InterruptedException {
        LogFeed feed = feed(1000);
        String text = "ä".repeat(99) + "\n";
        String all = text.repeat(1000);
        feed.offer("stdout", bytes(all));
        String oneLine = "€".repeat(40_000);
        feed.offer("stdout", bytes(oneLine));
        feed.complete(null);
        feed.drain();
        assertThat(sent).allMatch(chunk -> bytes(chunk.chunk()).length <= LogFeed.MOST_CHUNK_BYTES);
        assertThat(sent.stream().map(LogChunk::chunk).collect(Collectors.joining()))
                .isEqualTo(all + oneLine);
        assertThat(sent.get(0).chunk()).endsWith("\n");
    }

    @Test
    void the_beginning_of_a_line_waits_once_for_its_end() throws InterruptedException {
        LogFeed feed = feed(10);
        feed.offer("stdout", bytes("done\npass"));
        assertThat(feed.drain()).isTrue();
        assertThat(sent).extracting(LogChunk::chunk).containsExactly("done\n");
        feed.offer("stdout", bytes("word: "));
        assertThat(feed.drain()).isTrue();
        assertThat(sent).hasSize(1);
        assertThat(feed.drain()).isFalse();
        assertThat(sent).extracting(LogChunk::chunk).containsExactly("done\n", "password: ");
    }

    @Test
    void a_character_read_in_two_pieces_arrives_whole() throws InterruptedException {
        LogFeed feed = feed(10);
        byte[] euro = bytes("x€");
        feed.offer("stdout", java.util.Arrays.copyOf(euro, 2));
        feed.drain();
        feed.drain();
        feed.offer("stdout", java.util.Arrays.copyOfRange(euro, 2, 4));
        feed.complete(null);
        feed.drain();
        assertThat(sent.stream().map(LogChunk::chunk).collect(Collectors.joining()))
                .isEqualTo("x€");
    }

    @Test
    void a_reader_waits_while_too_much_is_held_and_is_let_go_by_the_end() throws InterruptedException {
        LogFeed feed = feed(0);
        feed.offer("stdout", new byte[LogFeed.MOST_HELD_BYTES]);
        var reader = CompletableFuture.runAsync(() -> {
            try {
                feed.offer("stdout", bytes("more"));
            } catch (InterruptedException cause) {
                throw new IllegalStateException(cause);
            }
        });
        Awaitility.await().during(java.time.Duration.ofMillis(100)).until(() -> !reader.isDone());
        feed.end();
        reader.join();
        feed.addCredit(10);
        feed.drain();
        assertThat(sent).isEmpty();
    }

    @Test
    void a_failure_is_told_in_the_last_chunk() {
        LogFeed feed = feed(1);
        feed.complete("the engine is gone");
        feed.drain();
        assertThat(sent.get(0).error()).isEqualTo("the engine is gone");
        assertThat(sent.get(0).end()).isTrue();
    }
}
