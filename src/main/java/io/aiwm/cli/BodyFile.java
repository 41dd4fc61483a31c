package io.aiwm.cli;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The body of a request in a file. */
final class BodyFile {
    private static final int MOST_BYTES = 1024 * 1024;

    private BodyFile() {}

    /** @param file {@code -}: standard input */
    static JsonObject read(String file, InputStream in) {
        try (InputStream content = file.equals("-") ? in : Files.newInputStream(Path.of(file))) {
            byte[] bytes = content.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new ApiFailure(file + " has more than " + MOST_BYTES + " bytes", ApiFailure.USAGE);
            }
            return new JsonObject(new String(bytes, StandardCharsets.UTF_8));
        } catch (DecodeException wrong) {
            throw new ApiFailure(file + " is not a JSON object", ApiFailure.USAGE);
        } catch (IOException unreadable) {
            throw new ApiFailure(file + " cannot be read", ApiFailure.USAGE);
        }
    }
}
