package io.aiwm.controller.objects;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.ObjectStore.UrlRequest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Pattern;

/** What a signed URL says of the object it leads to: the same for every store. */
final class Download {
    /** S3 knows no longer ones. */
    static final Duration LONGEST = Duration.ofDays(7);

    private static final int MOST_NAME = 255;
    private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}");
    private static final String BYTES = "application/octet-stream";

    private Download() {}

    /** Fails with INVALID. */
    static void check(UrlRequest request) {
        Duration expires = request.expires();
        if (expires.compareTo(Duration.ofSeconds(1)) < 0 || expires.compareTo(LONGEST) > 0) {
            throw Failure.invalid("/expiresIn", "must be 1 to " + LONGEST.toSeconds() + " seconds");
        }
        String name = request.fileName();
        if (name != null
                && (name.isEmpty() || name.length() > MOST_NAME || name.chars().anyMatch(Character::isISOControl))) {
            throw Failure.invalid(
                    "/fileName", "must be 1 to " + MOST_NAME + " characters, none of them a control character");
        }
        if (request.contentType() != null
                && !TYPE.matcher(request.contentType()).matches()) {
            throw Failure.invalid("/contentType", "must be a type and a subtype, such as text/plain");
        }
    }

    static String contentType(String wished) {
        return wished == null ? BYTES : wished;
    }

    /** RFC 6266: the name in ASCII for old clients, and as it is for all others. */
    static String disposition(String key, String fileName) {
        String name = fileName == null ? key.substring(key.lastIndexOf('/') + 1) : fileName;
        String ascii = name.replaceAll("[^A-Za-z0-9._ ()-]", "_");
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
        return "attachment; filename=\"" + ascii + "\"; filename*=UTF-8''" + encoded;
    }
}
