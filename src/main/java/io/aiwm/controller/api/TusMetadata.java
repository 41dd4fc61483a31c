package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The header Upload-Metadata: keys, each with a text in Base64. */
final class TusMetadata {
    static final String WHERE = "header:Upload-Metadata";
    private static final int MOST_CHARS = 8_192;
    /** Clients add {@code filetype} and the like on their own; what is not known is not looked at. */
    private static final Set<String> ONCE =
            Set.of("model", "name", "task", "version", "path", "filename", "sha256", "complete");

    private final Map<String, String> values = new HashMap<>();

    private TusMetadata() {}

    /** Fails with INVALID. @param header null: there is none */
    static TusMetadata of(String header) {
        var metadata = new TusMetadata();
        if (header == null || header.isBlank()) {
            return metadata;
        }
        if (header.length() > MOST_CHARS) {
            throw Failure.invalid(WHERE, "has more than " + MOST_CHARS + " characters");
        }
        for (String pair : header.split(",", -1)) {
            String[] parts = pair.strip().split(" ", -1);
            if (parts[0].isEmpty() || parts.length > 2) {
                throw Failure.invalid(WHERE, "must be keys with a text in Base64 each, divided by commas");
            }
            if (ONCE.contains(parts[0])
                    && metadata.values.put(parts[0], parts.length == 1 ? "" : decoded(parts[0], parts[1])) != null) {
                throw Failure.invalid(WHERE, "has " + parts[0] + " twice");
            }
        }
        return metadata;
    }

    private static String decoded(String key, String base64) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Base64.getDecoder().decode(base64)))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException unreadable) {
            throw Failure.invalid(WHERE, key + " is no text in Base64");
        }
    }

    /** Null when it is not said. */
    String get(String key) {
        String value = values.get(key);
        return value == null || value.isEmpty() ? null : value;
    }

    /** The first of these that is said. Fails with INVALID when none is. */
    String required(String key, String otherwise) {
        String value = get(key) == null ? get(otherwise) : get(key);
        if (value == null) {
            throw Failure.invalid(WHERE, "must have " + key);
        }
        return value;
    }
}
