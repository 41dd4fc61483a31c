package io.aiwm.controller.inference;

import io.aiwm.common.Failure;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Where the next page of a list by name begins, as clients are given it. Pure. */
final class NameCursor {
    private static final String MARK = "after\n";

    private NameCursor() {}

    /** @param name of the last item of a page */
    static String after(String name) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString((MARK + name).getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the name, or an empty text for the first page. Fails with INVALID for what was not given out. @param cursor null: the first page */
    static String read(String cursor) {
        if (cursor == null) {
            return "";
        }
        try {
            String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            if (text.startsWith(MARK)) {
                return text.substring(MARK.length());
            }
        } catch (IllegalArgumentException notOurs) {
            // said below
        }
        throw Failure.invalid("query:pageToken", "is not of a page of this list");
    }
}
