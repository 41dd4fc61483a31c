package io.aiwm.controller.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.aiwm.boot.Secrets;
import io.aiwm.boot.SigningKey;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.seal.Hkdf;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Makes and checks the signed tokens of users and of nodes: JWT, always with issuer, audience and expiry. The two audiences
 * never stand in for each other, and each has one key and with it one algorithm: nodes HS256 with the token key, users the
 * same, or RS256 or ES256 where a {@link SigningKey} is configured. The library checks signatures; which algorithm, key and
 * claims are accepted is decided here. Checking is cheap: a token that was found good is remembered, by its hash, until it
 * expires. Safe to use from any thread.
 *
 * <p>Whether a token was revoked is not known here; {@code NodeTokens} and {@link Callers} know.
 */
public final class JwtTokens {
    private static final String ISSUER = "aiwm";
    private static final String API = "aiwm-api";
    private static final String NODE = "aiwm-node";
    /** Our own claim; a token without it counts as 0, as do users whose tokens were never ended. */
    private static final String USER_VERSION = "ver";

    private static final String HS256 = "HS256";

    /** The last second of the year 9999. */
    private static final long LAST_SECOND = 253_402_300_799L;

    private static final int MIN_KEY_BYTES = 32;
    private static final int MAX_TOKEN_CHARS = 4_096;
    private static final int MAX_REMEMBERED = 20_000;
    /** Three non-empty parts in base64url. */
    private static final Pattern FORM = Pattern.compile("[\\w-]++\\.[\\w-]++\\.[\\w-]++");

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    private record Known(String audience, Principal principal) {}

    private final byte[] secret;
    /** Null: tokens of users are signed with the token key too. */
    private final SigningKey usersKey;

    private final JWTAuth jwt;
    private final InstantSource clock;
    private final Cache<String, Known> known =
            Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();

    /**
     * Throws IllegalArgumentException for a token key of less than 32 bytes, which can be guessed from one token.
     *
     * @param secrets of them only the keys that sign tokens are used
     */
    public JwtTokens(Vertx vertx, Secrets secrets, InstantSource clock) {
        this.secret = secrets.jwtKey().getBytes(StandardCharsets.UTF_8);
        if (secret.length < MIN_KEY_BYTES) {
            throw new IllegalArgumentException("the token key must have at least " + MIN_KEY_BYTES + " bytes");
        }
        this.usersKey = secrets.signingKey();
        this.jwt = JWTAuth.create(vertx, options(secret, usersKey));
        this.clock = clock;
    }

    private static JWTAuthOptions options(byte[] secret, SigningKey usersKey) {
        var options = new JWTAuthOptions()
                .addPubSecKey(new PubSecKeyOptions().setAlgorithm(HS256).setBuffer(Buffer.buffer(secret)))
                // expiry is checked here, with the clock of the application, at each use
                .setJWTOptions(new JWTOptions().setIssuer(ISSUER).setIgnoreExpiration(true));
        if (usersKey != null) {
            for (String half : List.of(usersKey.privateKey(), usersKey.publicKey())) {
                options.addPubSecKey(new PubSecKeyOptions()
                        .setAlgorithm(usersKey.algorithm())
                        .setId(usersKey.id())
                        .setBuffer(half));
            }
        }
        return options;
    }

    private String algorithm(String audience) {
        return audience.equals(API) && usersKey != null ? usersKey.algorithm() : HS256;
    }

    /** Null: the tokens have no key id. */
    private String keyId(String audience) {
        return audience.equals(API) && usersKey != null ? usersKey.id() : null;
    }

    public IssuedToken issueUser(User user, Duration lifetime) {
        return issueUser(user.id(), user.role(), user.tokenVersion(), lifetime);
    }

    /** With fewer rights. Fails with IllegalArgumentException for a role that the user's does not include. */
    public IssuedToken issueUser(User user, Role role, Duration lifetime) {
        if (!user.role().includes(role)) {
            throw new IllegalArgumentException("a token cannot give more than its user has");
        }
        return issueUser(user.id(), role, user.tokenVersion(), lifetime);
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

    /** Fails with UNAUTHENTICATED and the reason. */
    public Principal verifyUser(String token) {
        return verify(token, API);
    }

    /** Fails with UNAUTHENTICATED and the reason, with FORBIDDEN when it is a user's token. */
    public Principal verifyNode(String token) {
        return verify(token, NODE);
    }

    /**
     * Returns the node's token that these two parts belong to, if they are ours: whoever names a token without its signature
     * can be asked to prove that he knows it. What comes back never leaves this process. Fails with UNAUTHENTICATED when it is
     * not of that form.
     *
     * @param unsigned header and claims, {@code a.b}
     */
    public String signNode(String unsigned) {
        if (unsigned == null || unsigned.length() > MAX_TOKEN_CHARS || unsigned.split("\\.", -1).length != 2) {
            throw refused("the token is malformed");
        }
        // HMAC gives the same signature each time, and so do these few lines; the library only signs claims of its own
        // making
        byte[] signature = Hkdf.mac(secret, unsigned.getBytes(StandardCharsets.UTF_8));
        return unsigned + "." + ENCODER.encodeToString(signature);
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
        String token = jwt.generateToken(claims, new JWTOptions().setAlgorithm(algorithm(audience)));
        return new IssuedToken(token, tokenId, expiresAt);
    }

    private Principal verify(String token, String audience) {
        if (token == null || token.isBlank()) {
            throw refused("a token is needed");
        }
        if (token.length() > MAX_TOKEN_CHARS) {
            throw refused("the token is too long");
        }
        String hash = hash(token);
        Known remembered = known.getIfPresent(hash);
        if (remembered == null) {
            remembered = check(token);
            known.put(hash, remembered);
        }
        if (hasExpired(remembered.principal)) {
            known.invalidate(hash);
            throw expired();
        }
        if (!remembered.audience.equals(audience)) {
            throw audience.equals(NODE)
                    ? new Failure(Failure.Kind.FORBIDDEN, "this is a user's token; a node token is needed")
                    : refused("this is a node's token; it opens nothing here");
        }
        return remembered.principal;
    }

    /** Returns whether the token of an accepted caller has expired since. */
    boolean hasExpired(Principal principal) {
        return !principal.expiresAt().isAfter(clock.instant());
    }

    static Failure expired() {
        return refused("the token has expired");
    }

    private Known check(String token) {
        if (!FORM.matcher(token).matches()) {
            throw refused("the token is malformed");
        }
        try {
            // the library answers at once, and throws, or fails with, whatever a stranger's JSON brings about
            Future<io.vertx.ext.auth.User> checked = jwt.authenticate(new TokenCredentials(token));
            if (!checked.succeeded()) {
                throw refused("the token's algorithm, key, signature or issuer does not fit");
            }
            Known good = read(checked.result().attributes().getJsonObject("accessToken"));
            var header = new JsonObject(Buffer.buffer(DECODER.decode(token.substring(0, token.indexOf('.')))));
            if (!algorithm(good.audience).equals(header.getValue("alg"))
                    || !Objects.equals(keyId(good.audience), header.getValue("kid"))
                    || header.containsKey("crit")) {
                throw refused("the token's algorithm or key is not accepted");
            }
            return good;
        } catch (Failure refused) {
            throw refused;
        } catch (RuntimeException malformed) {
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

    private static String hash(String token) {
        return new String(Sha256.of(token.getBytes(StandardCharsets.UTF_8)), StandardCharsets.ISO_8859_1);
    }

    private static Failure refused(String why) {
        return new Failure(Failure.Kind.UNAUTHENTICATED, why);
    }
}
