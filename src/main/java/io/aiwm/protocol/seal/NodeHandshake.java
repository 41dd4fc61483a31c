package io.aiwm.protocol.seal;

import io.aiwm.common.Failure;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import javax.crypto.KeyAgreement;

/**
 * How a worker and a controller on the bus come to a {@link NodeChannel}: both prove that they know the signature of the
 * node token, which itself never travels, and agree on fresh keys by X25519, so that a token which becomes known later opens
 * nothing that was said before.
 *
 * <pre>
 * worker     -> {@link Hello}      node id, token without its signature, nonce, public key
 * controller -> {@link Challenge}  channel id, nonce, public key, proof that it knows the signature
 * worker     -> node.register      the first sealed message, which proves the same of the worker
 * </pre>
 */
public final class NodeHandshake {
    private static final int NONCE_BYTES = 32;
    private static final String CURVE = "X25519";
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * @param nodeId who the worker says it is; null: as the token says
     * @param credential a node token's header and claims, {@code a.b} of {@code a.b.c}; null: none, for open registration
     * @param nonce 32 random bytes, base64url
     * @param publicKey X25519, as SubjectPublicKeyInfo in base64url
     */
    public record Hello(String nodeId, String credential, String nonce, String publicKey) {
        public static final String TYPE = "link.hello";
    }

    /**
     * @param controllerId who holds the session
     * @param channelId 16 random bytes, base64url
     * @param proof HMAC over the whole exchange, under a key that only who knows the token's signature can derive
     */
    public record Challenge(String controllerId, String channelId, String nonce, String publicKey, String proof) {
        public static final String TYPE = "link.challenge";
    }

    /** What a controller keeps and what it answers. */
    public record Accepted(NodeChannel channel, Challenge challenge) {}

    private final KeyPair pair = generate();
    private final Hello hello;

    /** A worker's side. @param credential see {@link Hello} */
    public NodeHandshake(String nodeId, String credential) {
        this.hello = new Hello(nodeId, credential, random(NONCE_BYTES), publicKey(pair));
    }

    public Hello hello() {
        return hello;
    }

    /**
     * @param secret the token's signature; empty without a token
     * @throws Failure FORBIDDEN if the other side does not know the token, and so is no controller of ours
     */
    public NodeChannel finish(Challenge challenge, String secret) {
        Keys keys = Keys.of(hello, challenge, secret, agree(pair, challenge.publicKey()));
        if (!MessageDigest.isEqual(keys.proof, bytes(challenge.proof()))) {
            throw new Failure(
                    Failure.Kind.FORBIDDEN,
                    "a member of the cluster answered that does not know this node's token: it is no controller of ours");
        }
        return new NodeChannel(bytes(challenge.channelId()), keys.worker, keys.controller);
    }

    /** A controller's side. @throws Failure INVALID when the hello is malformed */
    public static Accepted accept(Hello hello, String secret, String controllerId) {
        if (hello.nonce() == null || bytes(hello.nonce()).length != NONCE_BYTES || hello.publicKey() == null) {
            throw Failure.invalid("/data", "a hello needs a nonce of " + NONCE_BYTES + " bytes and a public key");
        }
        KeyPair pair = generate();
        var asked =
                new Challenge(controllerId, random(NodeChannel.ID_BYTES), random(NONCE_BYTES), publicKey(pair), null);
        Keys keys = Keys.of(hello, asked, secret, agree(pair, hello.publicKey()));
        var challenge =
                new Challenge(controllerId, asked.channelId(), asked.nonce(), asked.publicKey(), text(keys.proof));
        return new Accepted(new NodeChannel(bytes(asked.channelId()), keys.controller, keys.worker), challenge);
    }

    /** A node token without its signature, as a hello carries it; null for none. */
    public static String credentialOf(String token) {
        return token == null ? null : token.substring(0, Math.max(0, token.lastIndexOf('.')));
    }

    /** What a node token's two ends know and nobody else: its signature. Empty for none. */
    public static String secretOf(String token) {
        return token == null ? "" : token.substring(token.lastIndexOf('.') + 1);
    }

    /** Keys of one session, all bound to everything that was said in the open. */
    private static final class Keys {
        private final byte[] worker;
        private final byte[] controller;
        private final byte[] proof;

        private Keys(byte[] both, byte[] said) {
            worker = Hkdf.derive(both, said, "aiwm node session 1 from worker");
            controller = Hkdf.derive(both, said, "aiwm node session 1 from controller");
            proof = Hkdf.derive(both, said, "aiwm node session 1 proof");
        }

        static Keys of(Hello hello, Challenge challenge, String secret, byte[] agreed) {
            byte[] said = transcript(
                    hello.nodeId(),
                    hello.credential(),
                    hello.nonce(),
                    hello.publicKey(),
                    challenge.controllerId(),
                    challenge.channelId(),
                    challenge.nonce(),
                    challenge.publicKey());
            byte[] shared = secret.getBytes(StandardCharsets.UTF_8);
            byte[] both = ByteBuffer.allocate(shared.length + agreed.length)
                    .put(shared)
                    .put(agreed)
                    .array();
            return new Keys(both, said);
        }
    }

    private static byte[] transcript(String... parts) {
        var all = new ByteArrayOutputStream();
        for (String part : parts) {
            byte[] bytes = part == null ? new byte[0] : part.getBytes(StandardCharsets.UTF_8);
            all.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                    .putInt(part == null ? -1 : bytes.length)
                    .array());
            all.writeBytes(bytes);
        }
        return all.toByteArray();
    }

    private static KeyPair generate() {
        try {
            return KeyPairGenerator.getInstance(CURVE).generateKeyPair();
        } catch (GeneralSecurityException cause) {
            throw new IllegalStateException("this JDK lacks " + CURVE, cause);
        }
    }

    private static byte[] agree(KeyPair own, String other) {
        try {
            KeyAgreement agreement = KeyAgreement.getInstance(CURVE);
            agreement.init(own.getPrivate());
            var encoded = new X509EncodedKeySpec(bytes(other));
            agreement.doPhase(KeyFactory.getInstance(CURVE).generatePublic(encoded), true);
            return agreement.generateSecret();
        } catch (GeneralSecurityException cause) {
            throw Failure.invalid("/data/publicKey", "is no " + CURVE + " key");
        }
    }

    private static String publicKey(KeyPair pair) {
        return text(pair.getPublic().getEncoded());
    }

    private static String random(int count) {
        byte[] bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return text(bytes);
    }

    private static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] bytes(String text) {
        try {
            return text == null ? new byte[0] : Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException cause) {
            throw Failure.invalid("/data", "a value is not base64url");
        }
    }
}
