package io.aiwm.worker.proxy;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.ProxyConfig;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.zip.GZIPInputStream;

/** Puts the pieces of a configuration together. A piece that does not follow the one before begins anew, or is dropped. */
final class ConfigPieces {
    private ByteArrayOutputStream zipped;
    private String digest;
    private int next;

    /** Returns the whole in gzip when this was the last piece; null before. Fails with INVALID. */
    Zipped add(ProxyConfig piece) {
        if (!Sha256.isHex(piece.sha256() == null ? "" : piece.sha256())
                || piece.parts() < 1
                || piece.parts() > ProxyConfig.MOST_PARTS
                || piece.content() == null
                || piece.content().length() > 2 * ProxyConfig.PART_BYTES) {
            throw Failure.invalid("/data", "is no piece of a configuration");
        }
        if (piece.part() == 0) {
            zipped = new ByteArrayOutputStream();
            digest = piece.sha256();
            next = 0;
        }
        if (zipped == null || piece.part() != next || !piece.sha256().equals(digest)) {
            zipped = null;
            return null;
        }
        try {
            zipped.writeBytes(Base64.getDecoder().decode(piece.content()));
        } catch (IllegalArgumentException cause) {
            zipped = null;
            throw Failure.invalid("/data/content", "is no base64");
        }
        next++;
        if (next < piece.parts()) {
            return null;
        }
        var whole = new Zipped(zipped.toByteArray(), digest);
        zipped = null;
        return whole;
    }

    /** A configuration that has come as a whole. */
    // the array is made here and never changed
    @SuppressWarnings("ArrayRecordComponent")
    record Zipped(byte[] content, String sha256) {
        /** Returns the JSON text. Fails where it is not what the digest says, or larger than may be. */
        byte[] text() throws IOException {
            byte[] text;
            try (var in = new GZIPInputStream(new ByteArrayInputStream(content))) {
                text = in.readNBytes(ProxyConfig.MOST_BYTES + 1);
            }
            if (text.length > ProxyConfig.MOST_BYTES) {
                throw new IOException("the configuration is larger than " + ProxyConfig.MOST_BYTES + " bytes");
            }
            if (!Sha256.hex(text).equals(sha256)) {
                throw new IOException("the configuration is not what its digest says");
            }
            return text;
        }
    }
}
