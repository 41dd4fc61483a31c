package io.aiwm.controller.secret;

import io.aiwm.common.Failure;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * What is set as a stored secret.
 *
 * @param description null: that of before stays
 */
public record SecretValue(String value, String description) {
    static final int MOST_BYTES = 64 * 1024;

    /** Fails with UNPROCESSABLE naming the field. No message repeats any part of the value. */
    void refuse() {
        try {
            int bytes = StandardCharsets.UTF_8
                    .newEncoder()
                    .encode(CharBuffer.wrap(value))
                    .remaining();
            if (bytes > MOST_BYTES) {
                throw Failure.unprocessable("/value", "has " + bytes + " bytes in UTF-8; the most is " + MOST_BYTES);
            }
        } catch (CharacterCodingException halfACharacter) {
            throw Failure.unprocessable("/value", "is no text in Unicode: it has half of a surrogate pair");
        }
    }

    @Override
    public String toString() {
        return "SecretValue[masked]";
    }
}
