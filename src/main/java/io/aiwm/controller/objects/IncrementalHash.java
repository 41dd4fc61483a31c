package io.aiwm.controller.objects;

import io.aiwm.common.Sha256;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The SHA-256 of what has passed of an upload, and how many bytes that were. The checksum of an upload whose every byte passed
 * through this process is known at its end without reading it again. Used by one thread at a time.
 */
final class IncrementalHash {
    private final MessageDigest digest = Sha256.digest();
    private volatile long bytes;

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time
    void update(byte[] from, int at, int length) {
        digest.update(from, at, length);
        bytes = bytes + length;
    }

    long bytes() {
        return bytes;
    }

    /** 64 hexadecimal digits; once. */
    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Those of uploads between two requests; the longest unused ones go first. */
    static final class Kept {
        private static final int MOST = 1_000;
        private final Map<String, IncrementalHash> byUpload = new LinkedHashMap<>(16, 0.75f, true);

        synchronized void put(String uploadId, IncrementalHash hash) {
            byUpload.put(uploadId, hash);
            if (byUpload.size() > MOST) {
                byUpload.remove(byUpload.keySet().iterator().next());
            }
        }

        /** Takes it out. Returns an unusable one, which makes the object be read again, when it is not of so many bytes. */
        synchronized IncrementalHash take(String uploadId, long bytes) {
            IncrementalHash hash = byUpload.remove(uploadId);
            return hash != null && hash.bytes() == bytes ? hash : new IncrementalHash();
        }
    }
}
