package io.aiwm.controller.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.controller.objects.ObjectStore.Listed;
import io.aiwm.controller.objects.ObjectStore.PendingUpload;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every object store promises of uploads that are continued, and of listing; a part of {@link ObjectStoreContract}. */
@Timeout(180)
abstract class ObjectUploadContract {
    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    ObjectStore store;

    /** An empty store, not yet open. */
    abstract ObjectStore fresh();

    /** Another on the same objects, not yet open. */
    abstract ObjectStore beside();

    /** Everything in it that is no object, such as a part of one. */
    abstract List<?> leftovers() throws Exception;

    /** How many objects are listed in pages. */
    abstract int many();

    @BeforeEach
    void open() {
        store = fresh();
        store.open().await();
    }

    @AfterEach
    void close() {
        store.close().await();
        vertx.close().await();
    }

    static Failure refusal(Future<?> future) {
        try {
            throw new AssertionError("was not refused but answered " + future.await());
        } catch (Failure refused) {
            return refused;
        }
    }

    Buffer read(String key, long offset, long length) {
        return bytes(store.get(key, offset, length)).await();
    }

    static Future<Buffer> bytes(Future<ObjectContent> opened) {
        return opened.compose(content -> {
            Promise<Buffer> all = Promise.promise();
            Buffer sum = Buffer.buffer();
            content.exceptionHandler(all::fail);
            content.endHandler(end -> all.complete(sum));
            content.handler(sum::appendBuffer);
            content.resume();
            return all.future();
        });
    }

    /** Content of so many bytes, in pieces; other bytes for another seed. */
    private byte[] append(ObjectUpload upload, int seed, int pieceBytes, int pieces) {
        byte[] piece = random(seed, pieceBytes);
        upload.append(Pieces.of(vertx, Buffer.buffer(piece), pieces)).await();
        return repeated(piece, pieces);
    }

    private static byte[] random(int seed, int bytes) {
        byte[] piece = new byte[bytes];
        new Random(seed).nextBytes(piece);
        return piece;
    }

    private static byte[] repeated(byte[] piece, int times) {
        var all = new ByteArrayOutputStream();
        for (int i = 0; i < times; i++) {
            all.writeBytes(piece);
        }
        return all.toByteArray();
    }

    @Test
    void what_several_requests_bring_is_one_object() throws Exception {
        var all = new ByteArrayOutputStream();
        ObjectUpload upload = store.beginUpload("models/a", -1).await();
        all.writeBytes(append(upload, 1, 100, 1));
        all.writeBytes(append(upload, 2, MIB + 3, 6));
        assertThat(upload.offset()).isEqualTo(all.size());
        all.writeBytes(append(upload, 3, 64 * 1024, 300));
        all.writeBytes(append(upload, 4, 7, 1));
        assertThat(refusal(store.size("models/a")).kind).isEqualTo(Failure.Kind.NOT_FOUND);
        assertThat(upload.complete().await())
                .isEqualTo(new ObjectStore.Stored(all.size(), Sha256.hex(all.toByteArray())));
        assertThat(read("models/a", 0, -1).getBytes()).isEqualTo(all.toByteArray());
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void a_process_that_knows_nothing_of_an_upload_continues_it_and_finds_the_checksum() throws Exception {
        var all = new ByteArrayOutputStream();
        ObjectUpload begun = store.beginUpload("models/a", 20 * MIB).await();
        all.writeBytes(append(begun, 1, MIB, 11));
        ObjectStore other = beside();
        other.open().await();
        ObjectUpload upload =
                other.resumeUpload("models/a", begun.id(), 20 * MIB).await();
        assertThat(upload.offset()).isEqualTo(11 * MIB);
        all.writeBytes(append(upload, 2, MIB, 9));
        assertThat(upload.complete().await().sha256()).isEqualTo(Sha256.hex(all.toByteArray()));
        assertThat(read("models/a", 0, -1).getBytes()).isEqualTo(all.toByteArray());
        other.close().await();
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void a_sender_that_breaks_off_has_sent_what_it_has_sent() throws Exception {
        byte[] piece = random(1, 100_000);
        ObjectUpload upload = store.beginUpload("models/a", 200 * 100_000).await();
        var broken = Pieces.breakingAfter(vertx, Buffer.buffer(piece), 123);
        assertThat(refusal(upload.append(broken)).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(upload.offset()).isEqualTo(123 * 100_000);
        ObjectUpload again =
                store.resumeUpload("models/a", upload.id(), 200 * 100_000).await();
        assertThat(again.offset()).isEqualTo(123 * 100_000);
        assertThat(refusal(again.complete()).kind).isEqualTo(Failure.Kind.CONFLICT);
        assertThat(again.append(Pieces.of(vertx, Buffer.buffer(piece), 77)).await())
                .isEqualTo(200 * 100_000);
        assertThat(again.complete().await().sha256()).isEqualTo(Sha256.hex(repeated(piece, 200)));
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void more_than_was_declared_is_refused_and_what_was_there_before_stays() throws Exception {
        store.put("models/a", Pieces.of(vertx, Buffer.buffer("before"), 1), 100).await();
        ObjectUpload upload = store.beginUpload("models/a", 250).await();
        var sender = Pieces.of(vertx, Buffer.buffer(new byte[100]), 10);
        assertThat(refusal(upload.append(sender)).kind).isEqualTo(Failure.Kind.TOO_LARGE);
        assertThat(upload.offset()).isEqualTo(200);
        assertThat(read("models/a", 0, -1).toString()).isEqualTo("before");
        upload.append(Pieces.of(vertx, Buffer.buffer(new byte[50]), 1)).await();
        assertThat(upload.complete().await().sizeBytes()).isEqualTo(250);
        assertThat(store.size("models/a").await()).isEqualTo(250);
    }

    @Test
    void completing_and_aborting_may_be_repeated() throws Exception {
        ObjectUpload upload = store.beginUpload("models/a", -1).await();
        append(upload, 1, 1_000, 1);
        var stored = upload.complete().await();
        assertThat(upload.complete().await()).isEqualTo(stored);
        upload.abort().await();
        assertThat(store.size("models/a").await()).isEqualTo(1_000);
        assertThat(refusal(store.resumeUpload("models/a", upload.id(), -1)).kind)
                .isEqualTo(Failure.Kind.NOT_FOUND);

        ObjectUpload other = store.beginUpload("models/b", -1).await();
        append(other, 1, MIB, 9);
        other.abort().await();
        other.abort().await();
        assertThat(refusal(store.resumeUpload("models/b", other.id(), -1)).kind).isEqualTo(Failure.Kind.NOT_FOUND);
        assertThat(refusal(store.size("models/b")).kind).isEqualTo(Failure.Kind.NOT_FOUND);
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void an_upload_of_nothing_is_an_empty_object() throws Exception {
        ObjectUpload upload = store.beginUpload("models/a", 0).await();
        assertThat(upload.complete().await()).isEqualTo(new ObjectStore.Stored(0, Sha256.hex("")));
        assertThat(store.size("models/a").await()).isZero();
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void uploads_under_way_are_listed_until_they_end() {
        ObjectUpload a = store.beginUpload("models/a", -1).await();
        ObjectUpload b = store.beginUpload("models/b", -1).await();
        store.beginUpload("files/c", -1).await();
        append(b, 1, 10, 1);
        assertThat(store.pendingUploads("models/", 10).await())
                .extracting(PendingUpload::uploadId)
                .containsExactly(a.id(), b.id());
        a.abort().await();
        assertThat(store.pendingUploads("", 10).await())
                .extracting(PendingUpload::key)
                .containsExactly("files/c", "models/b");
    }

    @Test
    void an_upload_takes_one_request_at_a_time() {
        ObjectUpload upload = store.beginUpload("models/a", -1).await();
        Future<Long> first = upload.append(Pieces.of(vertx, Buffer.buffer(new byte[1_000]), 2_000));
        Failure refused = refusal(upload.append(Pieces.of(vertx, Buffer.buffer("x"), 1)));
        assertThat(refused.kind).isEqualTo(Failure.Kind.CONFLICT);
        assertThat(refused.retryable()).isTrue();
        assertThat(first.await()).isEqualTo(2_000_000);
        upload.abort().await();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "../models/a", "0", "018f0000-0000-7000-8000-000000000000"})
    void an_upload_that_was_never_begun_cannot_be_continued(String id) {
        store.put("models/a", Pieces.of(vertx, Buffer.buffer("x"), 1), 100).await();
        assertThat(refusal(store.resumeUpload("models/a", id, -1)).kind).isEqualTo(Failure.Kind.NOT_FOUND);
    }

    @Test
    void objects_are_listed_in_the_order_of_their_keys_and_nothing_else_is() {
        ObjectUpload unfinished = store.beginUpload("a/unfinished", -1).await();
        append(unfinished, 1, 10, 1);
        for (String key : List.of("b", "a/b", "a-b", "a/a/c", "a.b", "a0", "ab/c", "a/b0")) {
            store.put(key, Pieces.of(vertx, Buffer.buffer(key), 1), 100).await();
        }
        assertThat(keys("", null)).containsExactly("a-b", "a.b", "a/a/c", "a/b", "a/b0", "a0", "ab/c", "b");
        assertThat(keys("a/", null)).containsExactly("a/a/c", "a/b", "a/b0");
        assertThat(keys("a/b", null)).containsExactly("a/b", "a/b0");
        assertThat(keys("", "a/b")).containsExactly("a/b0", "a0", "ab/c", "b");
        assertThat(keys("a/", "a/aa")).containsExactly("a/b", "a/b0");
        assertThat(keys("c", null)).isEmpty();
        assertThat(store.list("b", null, 1).await().objects().get(0).sizeBytes())
                .isEqualTo(1);
        unfinished.abort().await();
    }

    private List<String> keys(String prefix, String after) {
        return store.list(prefix, after, 100).await().objects().stream()
                .map(Listed::key)
                .toList();
    }

    @Test
    void many_objects_are_listed_in_pages() throws Exception {
        int many = many();
        var expected = new ArrayList<String>();
        for (int from = 0; from < many; from += 100) {
            var some = new ArrayList<Future<?>>();
            for (int i = from; i < Math.min(many, from + 100); i++) {
                String key = String.format("many/%02d/%05d", i / 1_000, i);
                expected.add(key);
                some.add(keep(key));
            }
            Future.all(some).await();
        }
        var found = new ArrayList<String>();
        String after = null;
        do {
            var page = store.list("many/", after, 1_000).await();
            assertThat(page.objects().size()).isBetween(1, 1_000);
            page.objects().forEach(each -> found.add(each.key()));
            after = page.next();
        } while (after != null);
        assertThat(found).isEqualTo(expected);
    }

    Future<?> keep(String key) throws IOException {
        return store.put(key, Pieces.of(vertx, Buffer.buffer("x"), 1), 10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a", "/a", "a//b", ".uploads/", "a/.b", "a b"})
    void nothing_outside_the_store_can_be_listed_or_uploaded(String key) {
        assertThat(refusal(store.list(key, null, 10)).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.list("", key, 10)).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.pendingUploads(key, 10)).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.beginUpload(key, -1)).kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refusal(store.resumeUpload(key, "x", -1)).kind).isEqualTo(Failure.Kind.INVALID);
        var url = new ObjectStore.UrlRequest(java.time.Duration.ofMinutes(1), null, null, null);
        assertThat(refusal(store.signedUrl(key, url)).kind).isEqualTo(Failure.Kind.INVALID);
    }
}
