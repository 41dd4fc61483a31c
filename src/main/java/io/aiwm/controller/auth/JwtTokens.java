package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.Sha256;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes and checks the signed tokens of users and of nodes: JWT, always HS256, always with issuer, audience and expiry.
 * The two audiences never stand in for each other. Checking is cheap: a token that was found good is remembered, by its
 * hash, until it expires. Safe to use from any thread.
 *
 * <p>Whether a token was revoked is not known here; {@code NodeTokens} and {@link Callers} know.
 */
public final class JwtTokens {
    private static final String ISSUER = "aiwm";
    private static final String API = "aiwm-api";
    private static final String NODE = "aiwm-node";
    /** Our own claim; tokens of before it count as 0, as do users whose tokens were never ended. */
    private static final String USER_VERSION = "ver";

    /** Of the year 9999. */
    private static final long LAST_SECOND = 253_402_300_799L;

    private static final int MIN_KEY_BYTES = 32;
    private static final int MAX_TOKEN_CHARS = 4_096;
    private static final int MAX_REMEMBERED = 20_000;

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();
    private static final String HEADER =
            ENCODER.encodeToString("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8));

    private record Known(String audience, Principal principal) {}

    private final SecretKeySpec key;
    private final InstantSource clock;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    /** @param key at least 32 bytes, else IllegalArgumentException: a short key can be guessed from one token */
    public JwtTokens(byte[] key, InstantSource clock) {
        if (key.length < MIN_KEY_BYTES) {
            throw new IllegalArgumentException("the token key must have at least " + MIN_KEY_BYTES + " bytes");
        }
        this.key = new SecretKeySpec(key, "HmacSHA256");
        this.clock = clock;
    }

    public IssuedToken issueUser(User user, Duration lifetime) {
        return issueUser(user.id(), user.role(), user.tokenVersion(), lifetime);
    }

    /** For a user whose tokens were never ended. */
    public IssuedToken issueUser(String name, Role role, Duration lifetime) {
        return issueUser(name, role, 0, lifetime);
    }

    private IssuedToken issueUser(String name, Role role, long userVersion, Duration lifetime) {
        if (role == Role.NODE) {
            throw new IllegalArgumentException("a user cannot be a node");
        }
        return issue(API, name, role, userVersion, lifetime);
    }

    public IssuedToken issueNode(String nodeId, Duration lifetime) {
        return issue(NODE, nodeId, Role.NODE, 0, lifetime);
    }

    /** Fails with UNAUTHENTICATED saying why. */
    public Principal verifyUser(String token) {
        return verify(token, API);
    }

    /** Fails with UNAUTHENTICATED saying why, with FORBIDDEN when it is a user's. */
    public Principal verifyNode(String token) {
        return verify(token, NODE);
    }

    /**
     * The token that these two parts belong to, if they are ours: whoever names a token without its signature can be asked to
     * prove that he knows it. What comes back never leaves this process.
     *
     * @param unsigned header and claims, {@code a.b}. Fails with UNAUTHENTICATED when it is not of that form
     */
    public String sign(String unsigned) {
        if (unsigned == null || unsigned.length() > MAX_TOKEN_CHARS || unsigned.split("\\.", -1).length != 2) {
            throw refused("the token is malformed");
        }
        return unsigned + "." + ENCODER.encodeToString(sign(unsigned.getBytes(StandardCharsets.UTF_8)));
    }

    private IssuedToken issue(String audience, String subject, Role role, long userVersion, Duration lifetime) {
        Instant now = clock.instant();
        Instant expiresAt = Instant.ofEpochSecond(now.plus(lifetime).getEpochSecond());
        String tokenId = Ids.next("tok");
        var claims = new JsonObject()
                .put("iss", ISSUER)
                .put("aud", audience)
                .put("sub", subject)
                .put("role", role.name())
                .put(USER_VERSION, userVersion)
                .put("jti", tokenId)
                .put("iat", now.getEpochSecond())
                .put("exp", expiresAt.getEpochSecond());
        String signed = HEADER + "." + ENCODER.encodeToString(claims.encode().getBytes(StandardCharsets.UTF_8));
        return new IssuedToken(
                signed + "." + ENCODER.encodeToString(sign(signed.getBytes(StandardCharsets.US_ASCII))),
                tokenId,
                expiresAt);
    }

    private Principal verify(String token, String audience) {
        if (token == null || token.isBlank()) {
            throw refused("a token is needed");
        }
        if (token.length() > MAX_TOKEN_CHARS) {
            throw refused("the token is too long");
        }
        String hash = hash(token);
        Known remembered = known.get(hash);
        if (remembered == null) {
            remembered = check(token);
            remember(hash, remembered);
        }
        if (hasExpired(remembered.principal)) {
            known.remove(hash);
            throw expired();
        }
        if (!remembered.audience.equals(audience)) {
            throw audience.equals(NODE)
                    ? new Failure(Failure.Kind.FORBIDDEN, "this is a user's token; a node token is needed")
                    : refused("this is a node's token; it opens nothing here");
        }
        return remembered.principal;
    }

    /** Whether a caller who was let in by a token would be no more. */
    boolean hasExpired(Principal principal) {
        return !principal.expiresAt().isAfter(clock.instant());
    }

    static Failure expired() {
        return refused("the token has expired");
    }

    private Known check(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw refused("the token is malformed");
        }
        JsonObject claims;
        try {
            // the signature first: nothing of an unsigned token is believed, not even its header
            byte[] signature = DECODER.decode(parts[2]);
            if (!MessageDigest.isEqual(signature, sign((parts[0] + "." + parts[1]).getBytes(StandardCharsets.UTF_8)))) {
                throw refused("the token's signature does not fit");
            }
            var header = new JsonObject(text(parts[0]));
            if (!"HS256".equals(header.getString("alg")) || header.containsKey("crit")) {
                throw refused("the token's algorithm is not accepted");
            }
            claims = new JsonObject(text(parts[1]));
            return read(claims);
        } catch (IllegalArgumentException | DecodeException | ClassCastException cause) {
            throw refused("the token is malformed");
        }
    }

    private Known read(JsonObject claims) {
        Long expiry = seconds(claims, "exp");
        String audience = claims.getString("aud");
        String subject = claims.getString("sub");
        String tokenId = claims.getString("jti");
        String role = claims.getString("role");
        Long notBefore = seconds(claims, "nbf");
        if (!ISSUER.equals(claims.getString("iss"))) {
            throw refused("the token is from another issuer");
        }
        if (expiry == null || audience == null || subject == null || tokenId == null || role == null) {
            throw refused("the token lacks a claim");
        }
        if (notBefore != null && notBefore > clock.instant().getEpochSecond()) {
            throw refused("the token is not valid yet");
        }
        Role known = Role.valueOf(role);
        if (audience.equals(NODE) != (known == Role.NODE)) {
            throw refused("the token is not for this use");
        }
        return new Known(
                audience,
                new Principal(
                        subject, known, tokenId, Instant.ofEpochSecond(expiry), claims.getLong(USER_VERSION, 0L)));
    }

    /** A moment; null when it is not claimed. A number that is none, such as 1e400, is refused. */
    private static Long seconds(JsonObject claims, String name) {
        Number claimed = claims.getNumber(name);
        if (claimed == null) {
            return null;
        }
        double value = claimed.doubleValue();
        if (!(value >= 0 && value <= LAST_SECOND)) {
            throw refused("the token's " + name + " is not a time");
        }
        return claimed.longValue();
    }

    private void remember(String hash, Known good) {
        if (known.size() >= MAX_REMEMBERED) {
            Instant now = clock.instant();
            known.values().removeIf(old -> !old.principal.expiresAt().isAfter(now));
            if (known.size() >= MAX_REMEMBERED) {
                known.clear(); // only a cache: the tokens in use come back at once
            }
        }
        known.put(hash, good);
    }

    private byte[] sign(byte[] text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(text);
        } catch (GeneralSecurityException cause) {
            throw new IllegalStateException("this JDK lacks HmacSHA256", cause);
        }
    }

    private static String hash(String token) {
        return new String(Sha256.of(token.getBytes(StandardCharsets.UTF_8)), StandardCharsets.ISO_8859_1);
    }

    private static String text(String part) {
        return new String(DECODER.decode(part), StandardCharsets.UTF_8);
    }

    private static Failure refused(String why) {
        return new Failure(Failure.Kind.UNAUTHENTICATED, why);
    }
}
