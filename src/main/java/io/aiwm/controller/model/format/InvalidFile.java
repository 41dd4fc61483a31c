package io.aiwm.controller.model.format;

import io.aiwm.common.Failure;
import io.aiwm.common.SingleLineText;

/** How a file is refused: INVALID, naming the file, what is wrong in it and where. */
final class InvalidFile {
    private static final int MOST_NAME = 120;

    private InvalidFile() {}

    static Failure file(String file, String reason) {
        return Failure.invalid(shown(file) + ": " + reason);
    }

    static Failure at(String file, long offset, String reason) {
        return Failure.invalid(shown(file) + ": " + reason + " (at byte " + offset + ")");
    }

    /** A name out of a file, as it may stand in a message. */
    static String shown(String name) {
        return SingleLineText.of(name, MOST_NAME);
    }
}
