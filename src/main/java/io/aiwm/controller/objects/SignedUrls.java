package io.aiwm.controller.objects;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.ObjectStore.SignedUrl;
import io.aiwm.controller.objects.ObjectStore.UrlRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * URLs of objects that the controller serves itself. Their signature is an HMAC with SHA-256 over the path and the query as
 * they are sent. Its key is derived from the key of tokens, so every controller with that key takes the URLs of the others.
 */
public final class SignedUrls {
    /** Of every such URL, the beginning of the path. */
    public static final String PATH = "/objects/";

    private static final String SIGNATURE = "&signature=";
    private static final int MOST_CHARS = 8 * 1024;

    private final SecretKeySpec key;
    private final InstantSource clock;

    /** @param tokenKey signs tokens; a key of its own is derived from it */
    public SignedUrls(String tokenKey, InstantSource clock) {
        var tokens = new SecretKeySpec(tokenKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256");
        this.key = new SecretKeySpec(hmac(tokens, "aiwm: URLs of objects"), "HmacSHA256");
        this.clock = clock;
    }

    /** What a URL with a good signature leads to. */
    public record Grant(String key, String contentType, String disposition) {}

    SignedUrl sign(String object, UrlRequest request) {
        Download.check(request);
        Instant expiresAt = clock.instant().plus(request.expires()).truncatedTo(ChronoUnit.SECONDS);
        String signed = PATH + object + "?expires=" + expiresAt.getEpochSecond()
                + parameter("fileName", request.fileName())
                + parameter("contentType", request.contentType());
        String base = request.baseUrl() == null ? "" : request.baseUrl();
        return new SignedUrl(base + signed + SIGNATURE + signature(signed), expiresAt);
    }

    private static String parameter(String name, String value) {
        return value == null ? "" : "&" + name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /**
     * Reads the path and query of a request. Fails with FORBIDDEN when the signature is missing or wrong, or when it has
     * expired.
     */
    public Grant check(String uri) {
        int at = uri.lastIndexOf(SIGNATURE);
        if (at < 0 || uri.length() > MOST_CHARS || !uri.startsWith(PATH) || !isOf(uri, at)) {
            throw new Failure(Failure.Kind.FORBIDDEN, "the URL is not signed, or not as it is; ask for a new one");
        }
        var read = new QueryStringDecoder(uri.substring(0, at), StandardCharsets.UTF_8);
        if (clock.instant().getEpochSecond() >= Long.parseLong(first(read.parameters(), "expires"))) {
            throw new Failure(Failure.Kind.FORBIDDEN, "the URL has expired; ask for a new one");
        }
        String object = ObjectKey.checked(read.path().substring(PATH.length()));
        return new Grant(
                object,
                Download.contentType(first(read.parameters(), "contentType")),
                Download.disposition(object, first(read.parameters(), "fileName")));
    }

    private boolean isOf(String uri, int at) {
        byte[] given = uri.substring(at + SIGNATURE.length()).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(signature(uri.substring(0, at)).getBytes(StandardCharsets.UTF_8), given);
    }

    private static String first(Map<String, List<String>> parameters, String name) {
        List<String> values = parameters.get(name);
        return values == null ? null : values.get(0);
    }

    private String signature(String signed) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(hmac(key, signed));
    }

    private static byte[] hmac(SecretKeySpec key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java has HMAC with SHA-256", impossible);
        }
    }
}
