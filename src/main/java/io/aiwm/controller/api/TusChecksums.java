package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * Pieces of an upload that come with their checksum. What does not fit it must not become part of the upload, so such a piece
 * is in memory until it is checked: a few at once, of limited size.
 */
final class TusChecksums {
    static final String NAMES = "sha1,sha256,sha512,md5";
    private static final Map<String, String> ALGORITHMS =
            Map.of("sha1", "SHA-1", "sha256", "SHA-256", "sha512", "SHA-512", "md5", "MD5");
    private static final int MOST_BYTES = 16 << 20;
    private static final int AT_ONCE = 8;

    private final Semaphore free = new Semaphore(AT_ONCE);

    /** What came is not what was meant. */
    static final class Mismatch extends RuntimeException {
        private static final long serialVersionUID = 1;

        Mismatch() {
            super("the checksum is another", null, false, false);
        }
    }

    /**
     * Reads all and checks it. Fails with {@link Mismatch}, with INVALID for a header that cannot be read, with TOO_LARGE, with
     * LIMITED while too many are being checked.
     */
    Future<ReadStream<Buffer>> checked(String header, ReadStream<Buffer> content) {
        String[] parts = header.split(" ", -1);
        String algorithm = ALGORITHMS.get(parts[0]);
        if (parts.length != 2 || algorithm == null) {
            throw Failure.invalid("header:Upload-Checksum", "must be one of " + NAMES + " and a checksum in Base64");
        }
        if (!free.tryAcquire()) {
            throw Failure.limited("too many pieces with a checksum at once; send it again", 1);
        }
        Promise<Buffer> all = Promise.promise();
        Buffer sum = Buffer.buffer();
        content.exceptionHandler(broken -> all.tryFail(Failure.invalid("the content broke off before its end")));
        content.endHandler(end -> all.tryComplete(sum));
        content.handler(piece -> {
            if (sum.length() + piece.length() > MOST_BYTES) {
                content.pause();
                all.tryFail(new Failure(
                        Failure.Kind.TOO_LARGE, "a piece with a checksum has at most " + MOST_BYTES + " bytes"));
            } else {
                sum.appendBuffer(piece);
            }
        });
        content.resume();
        return all.future()
                .compose(bytes -> Vertx.currentContext()
                        .executeBlocking(() -> fits(algorithm, parts[1], bytes.getBytes()), false))
                .<ReadStream<Buffer>>map(fits -> {
                    if (!fits) {
                        throw new Mismatch();
                    }
                    return new OneBuffer(sum);
                })
                .onComplete(done -> free.release());
    }

    private static boolean fits(String algorithm, String base64, byte[] bytes) {
        try {
            return MessageDigest.isEqual(
                    Base64.getDecoder().decode(base64),
                    MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (IllegalArgumentException unreadable) {
            throw Failure.invalid("header:Upload-Checksum", "is no Base64");
        } catch (NoSuchAlgorithmException cause) {
            throw new IllegalStateException("every Java has " + algorithm, cause);
        }
    }

    /** A stream of one buffer. */
    private static final class OneBuffer implements ReadStream<Buffer> {
        private final Buffer bytes;
        private Handler<Buffer> handler;
        private Handler<Void> endHandler;
        private boolean given;

        OneBuffer(Buffer bytes) {
            this.bytes = bytes;
        }

        @Override
        public OneBuffer exceptionHandler(Handler<Throwable> never) {
            return this;
        }

        @Override
        public OneBuffer handler(Handler<Buffer> reader) {
            handler = reader;
            return this;
        }

        @Override
        public OneBuffer pause() {
            return this;
        }

        @Override
        public OneBuffer resume() {
            if (!given && handler != null) {
                given = true;
                if (bytes.length() > 0) {
                    handler.handle(bytes);
                }
                if (endHandler != null) {
                    endHandler.handle(null);
                }
            }
            return this;
        }

        @Override
        public OneBuffer fetch(long amount) {
            return resume();
        }

        @Override
        public OneBuffer endHandler(Handler<Void> whenEnded) {
            endHandler = whenEnded;
            return this;
        }
    }
}
