package io.aiwm.controller.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.batch.JournalFilter.Kind;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.ObjectStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The lines of a batch, and the journal of those that are done, in a real store of objects. */
@Timeout(60)
class LineReaderTest {
    private static final String KEY = "batch/files/file_1";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private ObjectStore objects;

    @BeforeEach
    void open() {
        objects = new LocalObjectStore(vertx, folder);
        objects.open().await();
    }

    @AfterEach
    void close() {
        objects.close().await();
        vertx.close().await();
    }

    private void put(Buffer content) {
        objects.put(KEY, new InMemoryContent(vertx.getOrCreateContext(), content), Long.MAX_VALUE)
                .await();
    }

    private List<LineReader.Line> lines() {
        var reader = new LineReader(objects, KEY);
        var found = new ArrayList<LineReader.Line>();
        while (true) {
            LineReader.Line line = reader.poll();
            if (line != null) {
                found.add(line);
            } else if (reader.isAtEnd()) {
                return found;
            } else {
                reader.fill().await();
            }
        }
    }

    @Test
    void empty_lines_count_and_are_left_out() {
        put(Buffer.buffer("one\n\n  \r\ntwo\r\nthree"));
        assertThat(lines()).extracting(LineReader.Line::number).containsExactly(1, 4, 5);
        assertThat(lines()).extracting(line -> line.bytes().toString().strip()).containsExactly("one", "two", "three");
        put(Buffer.buffer());
        assertThat(lines()).isEmpty();
        put(Buffer.buffer("\n"));
        assertThat(lines()).isEmpty();
    }

    @Test
    void lines_across_windows_are_whole() {
        String text = "x".repeat(LineReader.WINDOW / 3);
        Buffer content = Buffer.buffer();
        IntStream.range(0, 20).forEach(i -> content.appendString(i + text + "\n"));
        put(content);
        assertThat(lines())
                .hasSize(20)
                .allSatisfy(line -> assertThat(line.bytes().toString()).isEqualTo((line.number() - 1) + text));
        // a line that ends with a window
        put(Buffer.buffer("y".repeat(LineReader.WINDOW - 1) + "\nlast"));
        assertThat(lines()).extracting(LineReader.Line::number).containsExactly(1, 2);
    }

    @Test
    void a_line_that_is_too_long_is_named_and_the_next_one_is_read() {
        put(Buffer.buffer("a\n" + "z".repeat(LineReader.MOST_BYTES + 1) + "\nb\n"));
        assertThat(lines()).extracting(LineReader.Line::tooLong).containsExactly(false, true, false);
        assertThat(lines().get(1).bytes().length()).isZero();
        assertThat(lines().get(2).number()).isEqualTo(3);
        put(Buffer.buffer("z".repeat(LineReader.MOST_BYTES + 1)));
        assertThat(lines()).extracting(LineReader.Line::tooLong).containsExactly(true);
    }

    @Test
    void a_journal_knows_after_a_restart_what_is_durable() {
        var context = vertx.getOrCreateContext();
        var first = new LineJournal(context, objects, "batch_1", Future::succeededFuture);
        // one after the other, so that each is an object of its own and they are put together twice
        for (int i = 1; i <= 150; i++) {
            first.add(
                            i,
                            i % 3 != 0 ? Kind.ANSWER : i % 2 == 0 ? Kind.EXPIRED : Kind.ERROR,
                            Buffer.buffer("{\"n\":" + i + "}"))
                    .await();
        }
        assertThat(first.count()).isEqualTo(150);
        var second = new LineJournal(context, objects, "batch_1", Future::succeededFuture);
        second.load().await();
        assertThat(second.count()).isEqualTo(150);
        assertThat(second.answers()).isEqualTo(100);
        assertThat(second.expired()).isEqualTo(25);
        assertThat(IntStream.rangeClosed(1, 150).allMatch(second::isDone)).isTrue();
        assertThat(second.isDone(151)).isFalse();
        second.add(151, Kind.ANSWER, Buffer.buffer("{\"n\":151}")).await();
        assertThat(objects.list("batch/lines/batch_1/", null, 1_000).await().objects())
                .as("small ones are put together")
                .hasSizeLessThan(64);

        objects.put(KEY, second.results(true), Long.MAX_VALUE).await();
        assertThat(lines())
                .hasSize(101)
                .allSatisfy(line -> assertThat(line.bytes().toJsonObject().getInteger("n") % 3 == 0
                                && line.bytes().toJsonObject().getInteger("n") != 151)
                        .isFalse());
        objects.put(KEY, second.results(false), Long.MAX_VALUE).await();
        assertThat(lines()).hasSize(50);
        second.clear().await();
        assertThat(objects.list("batch/lines/", null, 10).await().objects()).isEmpty();
    }

    @Test
    void a_line_is_done_no_sooner_than_its_usage_is_stored() {
        Deque<Promise<Void>> asked = new ConcurrentLinkedDeque<>();
        var journal = new LineJournal(vertx.getOrCreateContext(), objects, "batch_1", () -> {
            asked.add(Promise.promise());
            return asked.getLast().future();
        });
        Future<Void> done = journal.add(1, Kind.ANSWER, Buffer.buffer("{}"));
        asked.getLast().fail("the store is away");
        await().until(() -> asked.size() == 2);
        assertThat(objects.list("batch/lines/", null, 10).await().objects()).isEmpty();
        assertThat(done.isComplete()).isFalse();
        assertThat(journal.count()).isZero();

        Future<Void> quiet = journal.close();
        asked.getLast().complete();
        quiet.await();
        done.await();
        assertThat(journal.count()).isEqualTo(1);
        assertThat(objects.list("batch/lines/", null, 10).await().objects()).hasSize(1);
    }

    @Test
    void a_line_that_is_in_the_journal_twice_is_told_once() {
        var told = new BitSet();
        var filter = new JournalFilter(entry -> {
            assertThat(told.get(entry.number())).isFalse();
            told.set(entry.number());
            return true;
        });
        Buffer journal = Buffer.buffer()
                .appendBuffer(JournalFilter.line(7, Kind.ANSWER, Buffer.buffer("{\"a\":1}")))
                .appendBuffer(JournalFilter.line(12, Kind.ERROR, Buffer.buffer("{\"b\":\"E 1 O \"}")))
                .appendBuffer(JournalFilter.line(7, Kind.ERROR, Buffer.buffer("{\"c\":1}")));
        // however it is cut
        for (int size : new int[] {1, 2, 3, 5, 100}) {
            told.clear();
            var whole = new JournalFilter(entry -> true);
            Buffer out = Buffer.buffer();
            for (int at = 0; at < journal.length(); at += size) {
                out.appendBuffer(whole.apply(journal.slice(at, Math.min(journal.length(), at + size))));
            }
            assertThat(out.toString()).isEqualTo("{\"a\":1}\n{\"b\":\"E 1 O \"}\n");
        }
        filter.apply(journal);
        assertThat(told.cardinality()).isEqualTo(2);
    }
}
