package io.aiwm.protocol.seal;

import io.aiwm.common.Failure;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.shareddata.Shareable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What controllers say to each other on the clustered event bus, so that no other member can read, forge or repeat it. All
 * controllers of an installation derive the same master key from the key that signs tokens, which workers never have; each
 * process seals under a key of its own, derived from the master key and a random sender id.
 *
 * <pre>sealed = version (1) | sender (16) | number (8) | time (8) | AES-256-GCM ciphertext and tag</pre>
 *
 * The bus address and everything before the ciphertext are authenticated too. A message is taken once per listener, and only
 * within {@link #MAX_AGE} of its time by the listener's clock: the clocks of controllers may differ by less than that.
 */
public final class ControllerSeal implements Shareable {
    static final Duration MAX_AGE = Duration.ofMinutes(5);
    private static final byte VERSION = 1;
    private static final int SENDER_BYTES = 16;
    private static final int HEADER_BYTES = 1 + SENDER_BYTES + 2 * Long.BYTES;
    /** Senders a listener remembers; each start of a controller is one. */
    private static final int MAX_SENDERS = 256;

    private static final String SHARED = "aiwm.bus.seal";

    private final byte[] master;
    private final InstantSource clock;
    private final byte[] sender = new byte[SENDER_BYTES];
    private final AeadKey own;
    private final AtomicLong number = new AtomicLong();

    /** @param tokenKey the key that signs tokens */
    public ControllerSeal(byte[] tokenKey, InstantSource clock) {
        this.master = Hkdf.derive(tokenKey, new byte[0], "aiwm event bus between controllers 1");
        this.clock = clock;
        new SecureRandom().nextBytes(sender);
        this.own = keyOf(sender);
    }

    /** From now on this process speaks and listens as a controller. */
    public void install(Vertx vertx) {
        vertx.sharedData().getLocalMap(SHARED).put(SHARED, this);
    }

    /** Fails with FORBIDDEN in a process that is no controller. */
    public static ControllerSeal of(Vertx vertx) {
        Object installed = vertx.sharedData().getLocalMap(SHARED).get(SHARED);
        if (installed == null) {
            throw new Failure(Failure.Kind.FORBIDDEN, "only controllers speak on this address");
        }
        return (ControllerSeal) installed;
    }

    /** @param address where the message goes; it can be opened nowhere else */
    public Buffer seal(String address, byte[] plain) {
        long now = number.getAndIncrement();
        byte[] header = ByteBuffer.allocate(HEADER_BYTES)
                .put(VERSION)
                .put(sender)
                .putLong(now)
                .putLong(clock.millis())
                .array();
        byte[] sealed = own.seal(now, bound(header, address), plain);
        return Buffer.buffer(header.length + sealed.length).appendBytes(header).appendBytes(sealed);
    }

    /** The address of the answer to one question: an answer fits no other question. */
    public static String answerTo(String address, Buffer question) {
        byte[] header = question.getBytes(0, Math.min(HEADER_BYTES, question.length()));
        return address + " answer " + java.util.HexFormat.of().formatHex(header);
    }

    /** One listener: takes each message once. Safe to use from any thread. */
    public Receiver receiver() {
        return new Receiver();
    }

    public final class Receiver {
        private record Peer(AeadKey key, ReplayWindow window) {}

        private final Map<String, Peer> peers = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Peer> eldest) {
                return size() > MAX_SENDERS;
            }
        };

        /** Fails with FORBIDDEN: not sealed by a controller for this address, repeated, or too old. */
        public byte[] open(String address, Buffer sealed) {
            byte[] bytes = sealed.getBytes();
            if (bytes.length < HEADER_BYTES || bytes[0] != VERSION) {
                throw new Failure(Failure.Kind.FORBIDDEN, "the message is not sealed by a controller");
            }
            byte[] header = Arrays.copyOf(bytes, HEADER_BYTES);
            ByteBuffer fields = ByteBuffer.wrap(header, 1 + SENDER_BYTES, 2 * Long.BYTES);
            long sent = fields.getLong();
            long at = fields.getLong();
            byte[] from = Arrays.copyOfRange(header, 1, 1 + SENDER_BYTES);
            String name = new String(from, StandardCharsets.ISO_8859_1);
            Peer known = peer(name);
            Peer peer = known == null ? new Peer(keyOf(from), new ReplayWindow()) : known;
            byte[] plain = peer.key.open(sent, bound(header, address), bytes, HEADER_BYTES);
            long ageMillis = clock.millis() - at;
            if (Math.abs(ageMillis) > MAX_AGE.toMillis()) {
                throw new Failure(
                        Failure.Kind.FORBIDDEN,
                        "a controller's message is " + ageMillis / 1_000
                                + " s old by this machine's clock; set the clocks of all controllers by NTP");
            }
            if (!remembered(name, peer).window.accept(sent)) {
                throw new Failure(Failure.Kind.FORBIDDEN, "a controller's message came again");
            }
            return plain;
        }

        private synchronized Peer peer(String name) {
            return peers.get(name);
        }

        /** Only who has proven to be a controller takes up room. */
        private synchronized Peer remembered(String name, Peer proven) {
            Peer first = peers.putIfAbsent(name, proven);
            return first == null ? proven : first;
        }
    }

    private AeadKey keyOf(byte[] of) {
        return new AeadKey(Hkdf.derive(master, of, "sender"));
    }

    private static byte[] bound(byte[] header, String address) {
        byte[] name = address.getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(header, header.length + name.length);
        System.arraycopy(name, 0, all, header.length, name.length);
        return all;
    }
}
