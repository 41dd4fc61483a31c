package io.aiwm.protocol.seal;

import io.aiwm.common.Failure;
import io.aiwm.protocol.Envelope;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One end of the sealed channel between a worker and the controller that holds its session. Made by {@link NodeHandshake}.
 * Each direction has a key and a count of its own: a message can be neither read, forged, turned around nor repeated by
 * another member of the cluster. Safe to use from any thread.
 *
 * <pre>frame = channel id (16) | number (8) | AES-256-GCM ciphertext and tag of the envelope's JSON</pre>
 */
public final class NodeChannel {
    static final int ID_BYTES = 16;
    private static final int HEADER_BYTES = ID_BYTES + Long.BYTES;

    private final byte[] id;
    private final AeadKey sending;
    private final AeadKey receiving;
    private final AtomicLong number = new AtomicLong();
    private final ReplayWindow window = new ReplayWindow();

    NodeChannel(byte[] id, byte[] sending, byte[] receiving) {
        this.id = id;
        this.sending = new AeadKey(sending);
        this.receiving = new AeadKey(receiving);
    }

    /** Names the channel on the bus; no secret. */
    public String id() {
        return text(id);
    }

    /** Which channel a frame says it belongs to; null when it is no frame. */
    public static String idOf(Buffer frame) {
        return frame == null || frame.length() < HEADER_BYTES ? null : text(frame.getBytes(0, ID_BYTES));
    }

    public Buffer seal(Envelope message) {
        long now = number.getAndIncrement();
        byte[] header = ByteBuffer.allocate(HEADER_BYTES).put(id).putLong(now).array();
        byte[] sealed = sending.seal(now, header, message.encode().getBytes(StandardCharsets.UTF_8));
        return Buffer.buffer(header.length + sealed.length).appendBytes(header).appendBytes(sealed);
    }

    /** Fails with FORBIDDEN when the other end did not seal it, or it came before; with INVALID when it is no envelope. */
    public Envelope open(Buffer frame) {
        byte[] bytes = frame.getBytes();
        byte[] header = Arrays.copyOf(bytes, Math.min(HEADER_BYTES, bytes.length));
        if (header.length < HEADER_BYTES || !Arrays.equals(id, 0, ID_BYTES, header, 0, ID_BYTES)) {
            throw new Failure(Failure.Kind.FORBIDDEN, "the message is of another session");
        }
        long sent = ByteBuffer.wrap(header).getLong(ID_BYTES);
        byte[] plain = receiving.open(sent, header, bytes, HEADER_BYTES);
        if (!window.accept(sent)) {
            throw new Failure(Failure.Kind.FORBIDDEN, "the message came again");
        }
        return Envelope.decode(new String(plain, StandardCharsets.UTF_8));
    }

    private static String text(byte[] id) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
    }
}
