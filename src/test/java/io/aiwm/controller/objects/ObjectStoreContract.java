package io.aiwm.controller.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every object store promises, whatever lies behind it. */
@Timeout(60)
abstract class ObjectStoreContract extends ObjectUploadContract {
    private static final long MUCH = 1L << 30;

    private ObjectStore.Stored put(String key, Buffer piece, int count) {
        return store.put(key, Pieces.of(vertx, piece, count), MUCH).await();
    }

    @Test
    void what_is_put_comes_back_whole_and_with_its_checksum() {
        Buffer piece = Buffer.buffer("0123456789".repeat(9_999));
        var stored = put("files/a", piece, 50);
        byte[] all = piece.toString().repeat(50).getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(stored).isEqualTo(new ObjectStore.Stored(all.length, Sha256.hex(all)));
        assertThat(store.size("files/a").await()).isEqualTo(all.length);
        assertThat(read("files/a", 0, -1).getBytes()).isEqualTo(all);
    }

    @Test
    void two_on_the_same_objects_are_one_place_and_have_what_either_keeps() {
        put("files/a", Buffer.buffer("a"), 1);
        ObjectStore other = beside();
        other.open().await();
        assertThat(other.place()).isNotBlank().isEqualTo(store.place());
        assertThat(other.size("files/a").await()).isEqualTo(1);
        other.close().await();
    }

    @Test
    void an_empty_object_is_an_object() {
        assertThat(put("files/empty", Buffer.buffer(), 0).sizeBytes()).isZero();
        assertThat(read("files/empty", 0, -1).length()).isZero();
    }

    @Test
    void any_range_can_be_read_and_none_beyond_the_end() {
        put("files/a", Buffer.buffer("0123456789"), 1);
        assertThat(read("files/a", 3, 4).toString()).isEqualTo("3456");
        assertThat(read("files/a", 8, 100).toString()).isEqualTo("89");
        assertThat(read("files/a", 10, -1).toString()).isEmpty();
        assertThat(read("files/a", 2, 0).toString()).isEmpty();
        assertThat(store.get("files/a", 3, 4).await().sizeBytes()).isEqualTo(10);
        assertThat(refusal(store.get("files/a", 11, 1)).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.get("files/a", -1, 1)).kind).isEqualTo(Failure.Kind.INVALID);
    }

    @Test
    void a_second_put_replaces_the_first_and_a_file_is_taken_away() throws Exception {
        put("files/a", Buffer.buffer("first"), 1);
        Path file = Files.writeString(folder.resolve("second"), "second");
        store.put("files/a", file).await();
        assertThat(read("files/a", 0, -1).toString()).isEqualTo("second");
        assertThat(file).doesNotExist();
    }

    @Test
    void too_much_is_refused_before_it_is_all_sent_and_nothing_is_kept() throws Exception {
        var sender = Pieces.of(vertx, Buffer.buffer(new byte[10_000]), 1_000);
        assertThat(refusal(store.put("files/a", sender, 100_000)).kind).isEqualTo(Failure.Kind.TOO_LARGE);
        assertThat(sender.given.get()).isLessThan(1_000);
        assertThat(refusal(store.size("files/a")).kind).isEqualTo(Failure.Kind.NOT_FOUND);
        assertThat(leftovers()).isEmpty();
        assertThat(put("files/b", Buffer.buffer(new byte[10_000]), 10).sizeBytes())
                .isEqualTo(100_000);
    }

    @Test
    void a_sender_that_breaks_off_leaves_what_was_there_before() throws Exception {
        put("files/a", Buffer.buffer("whole"), 1);
        var broken = Pieces.breakingAfter(vertx, Buffer.buffer(new byte[10_000]), 300);
        assertThat(refusal(store.put("files/a", broken, MUCH)).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(read("files/a", 0, -1).toString()).isEqualTo("whole");
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void a_reader_that_pauses_gets_no_more_until_it_asks() {
        put("files/a", Buffer.buffer(new byte[1 << 20]), 5);
        var content = store.get("files/a", 0, -1).await();
        var got = new AtomicInteger();
        var bytes = new AtomicInteger();
        Promise<Void> three = Promise.promise();
        Promise<Void> end = Promise.promise();
        content.endHandler(end::complete);
        content.handler(piece -> {
            bytes.addAndGet(piece.length());
            if (got.incrementAndGet() == 3) {
                three.complete();
            }
        });
        content.fetch(3);
        three.future().await();
        // what a second reader reads meanwhile, the first could have been given too
        assertThat(read("files/a", 0, -1).length()).isEqualTo(5 << 20);
        assertThat(got.get()).isEqualTo(3);
        content.resume();
        end.future().await();
        assertThat(bytes.get()).isEqualTo(5 << 20);
        assertThat(got.get()).as("pieces of 1 MiB at most").isGreaterThanOrEqualTo(5);
    }

    @Test
    void what_is_deleted_is_gone_and_may_be_deleted_again() {
        put("files/a", Buffer.buffer("a"), 1);
        store.delete("files/a").await();
        store.delete("files/a").await();
        assertThat(refusal(store.get("files/a", 0, -1)).kind).isEqualTo(Failure.Kind.NOT_FOUND);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a", "a/../b", "/a", "a//b", "a/", ".unfinished/a", "a/.b", "", "a\0b", "a b", "ä"})
    void no_key_leads_out_of_the_store(String key) {
        assertThat(refusal(store.put(key, Pieces.of(vertx, Buffer.buffer("x"), 1), MUCH)).kind)
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.put(key, folder.resolve("no-such-file"))).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.get(key, 0, -1)).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.size(key)).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.delete(key)).kind).isEqualTo(Failure.Kind.INVALID);
    }
}
