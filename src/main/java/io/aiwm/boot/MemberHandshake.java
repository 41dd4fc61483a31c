package io.aiwm.boot;

import com.hazelcast.nio.MemberSocketInterceptor;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.protocol.seal.Hkdf;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens each connection between members on the cluster port: both ends prove that they know a {@link ClusterKey} before
 * Hazelcast reads a byte, so that nobody else joins, reads or changes anything through that port.
 *
 * <pre>
 * who connects -> magic (8) | nonce (32) | number of keys (1) | id of each key (8)
 * who accepts  -> id of the key it has too (8) | nonce (32) | proof (32)
 * who connects -> proof (32)
 * </pre>
 *
 * A proof is an HMAC over both nonces and the accepting end's address, so that a stranger who listens on a port where members
 * are looked for cannot pass it on to a real member. What follows is Hazelcast's own protocol, neither encrypted nor signed.
 */
final class MemberHandshake implements MemberSocketInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(MemberHandshake.class);
    private static final byte[] MAGIC = "AIWM-HZ1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CONNECTS = "connects".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ACCEPTS = "accepts".getBytes(StandardCharsets.US_ASCII);
    private static final int NONCE_BYTES = 32;
    private static final int PROOF_BYTES = 32;
    private static final int ID_BYTES = 8;
    private static final int MAX_OFFERED = 4;
    private static final String STRANGER = "does not know the cluster key, or is no AIWM";
    private static final int PATIENCE_MILLIS = 3_000;

    /**
     * Hazelcast shakes hands on a few threads, on which its own connections are made too. A member says hello at once, so while
     * more than {@value #CROWD} callers are being heard nobody may be silent for longer than this: callers who say nothing keep
     * no member from joining.
     */
    private static final int HELLO_IN_CROWD_MILLIS = 250;

    private static final int PROOF_IN_CROWD_MILLIS = 1_000;
    private static final int CROWD = 6;

    private static final class Key {
        private final byte[] id;
        private final byte[] secret;

        Key(byte[] id, byte[] secret) {
            this.id = id;
            this.secret = secret;
        }
    }

    private final List<Key> keys;
    private final SecureRandom random = new SecureRandom();
    private final RateLimitedLog refusals = RateLimitedLog.refusals(LOG);
    private final AtomicInteger callers = new AtomicInteger();

    MemberHandshake(ClusterKey key) {
        List<byte[]> ids = key.derive("aiwm cluster port 1 id");
        List<byte[]> secrets = key.derive("aiwm cluster port 1");
        var all = new ArrayList<Key>();
        for (int i = 0; i < ids.size(); i++) {
            all.add(new Key(Arrays.copyOf(ids.get(i), ID_BYTES), secrets.get(i)));
        }
        this.keys = List.copyOf(all);
    }

    @Override
    public void init(Properties properties) {}

    @Override
    public void onConnect(Socket socket) throws IOException {
        try {
            connect(socket);
        } catch (EOFException | SocketTimeoutException cause) {
            throw refused(socket, STRANGER);
        }
    }

    private void connect(Socket socket) throws IOException {
        int patience = socket.getSoTimeout();
        var out = socket.getOutputStream();
        var in = new Timed(socket, PATIENCE_MILLIS);
        byte[] nonce = nonce();
        ByteBuffer hello = ByteBuffer.allocate(MAGIC.length + NONCE_BYTES + 1 + keys.size() * ID_BYTES)
                .put(MAGIC)
                .put(nonce)
                .put((byte) keys.size());
        keys.forEach(key -> hello.put(key.id));
        out.write(hello.array());
        byte[] chosen = in.read(ID_BYTES);
        byte[] other = in.read(NONCE_BYTES);
        byte[] proof = in.read(PROOF_BYTES);
        Key key = find(chosen);
        byte[] place = place((InetSocketAddress) socket.getRemoteSocketAddress());
        if (key == null || !MessageDigest.isEqual(proof, Hkdf.mac(key.secret, ACCEPTS, nonce, other, place))) {
            throw refused(socket, STRANGER);
        }
        out.write(Hkdf.mac(key.secret, CONNECTS, nonce, other, place));
        socket.setSoTimeout(patience);
    }

    @Override
    public void onAccept(Socket socket) throws IOException {
        boolean crowded = callers.incrementAndGet() > CROWD;
        try {
            accept(socket, crowded);
        } catch (IOException cause) {
            throw cause instanceof Refused
                    ? cause
                    : refused(socket, "left, or said nothing, during the handshake on the cluster port");
        } finally {
            callers.decrementAndGet();
        }
    }

    private void accept(Socket socket, boolean crowded) throws IOException {
        int patience = socket.getSoTimeout();
        var out = socket.getOutputStream();
        var in = new Timed(socket, crowded ? HELLO_IN_CROWD_MILLIS : PATIENCE_MILLIS);
        if (!Arrays.equals(MAGIC, in.read(MAGIC.length))) {
            throw refused(socket, "speaks to the cluster port without the handshake of members");
        }
        byte[] nonce = in.read(NONCE_BYTES);
        int offered = in.read(1)[0] & 0xff;
        if (offered > MAX_OFFERED) {
            throw refused(socket, "speaks to the cluster port without the handshake of members");
        }
        Key key = null;
        for (int i = 0; i < offered; i++) {
            Key known = find(in.read(ID_BYTES));
            key = key == null ? known : key;
        }
        if (key == null) {
            throw refused(socket, STRANGER);
        }
        byte[] own = nonce();
        byte[] place = place((InetSocketAddress) socket.getLocalSocketAddress());
        out.write(ByteBuffer.allocate(ID_BYTES + NONCE_BYTES + PROOF_BYTES)
                .put(key.id)
                .put(own)
                .put(Hkdf.mac(key.secret, ACCEPTS, nonce, own, place))
                .array());
        in.within(crowded ? PROOF_IN_CROWD_MILLIS : PATIENCE_MILLIS);
        byte[] proof = in.read(PROOF_BYTES);
        if (!MessageDigest.isEqual(proof, Hkdf.mac(key.secret, CONNECTS, nonce, own, place))) {
            throw refused(socket, STRANGER);
        }
        socket.setSoTimeout(patience);
    }

    /** Reads what must have come by a point in time, however slowly it trickles in. */
    private static final class Timed {
        private final Socket socket;
        private final InputStream in;
        private long until;

        Timed(Socket socket, int millis) throws IOException {
            this.socket = socket;
            this.in = socket.getInputStream();
            within(millis);
        }

        void within(int millis) {
            until = System.nanoTime() + millis * 1_000_000L;
        }

        byte[] read(int count) throws IOException {
            byte[] all = new byte[count];
            int had = 0;
            while (had < count) {
                long left = (until - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new SocketTimeoutException("the handshake takes too long");
                }
                socket.setSoTimeout((int) left);
                int some = in.read(all, had, count - had);
                if (some < 0) {
                    throw new EOFException("the peer has left");
                }
                had += some;
            }
            return all;
        }
    }

    private Key find(byte[] id) {
        return keys.stream()
                .filter(key -> MessageDigest.isEqual(key.id, id))
                .findFirst()
                .orElse(null);
    }

    /** Where the accepting end is, as both ends see it: members are not behind address translation. */
    private static byte[] place(InetSocketAddress address) {
        byte[] ip = address.getAddress().getAddress();
        return ByteBuffer.allocate(1 + ip.length + Integer.BYTES)
                .put((byte) ip.length)
                .put(ip)
                .putInt(address.getPort())
                .array();
    }

    private byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        return nonce;
    }

    private Refused refused(Socket socket, String why) {
        var peer = (InetSocketAddress) socket.getRemoteSocketAddress();
        // one line for each peer, whichever port it comes from this time
        refusals.refused(peer == null ? "a peer" : peer.getAddress().getHostAddress(), why);
        return new Refused(why);
    }

    /** Ends the connection; Hazelcast closes the socket. */
    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        Refused(String why) {
            super(why);
        }
    }
}
