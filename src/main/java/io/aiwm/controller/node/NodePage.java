package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** @param nextPageToken null on the last page. @param totalSize how many nodes match on all pages */
public record NodePage(List<Node> items, String nextPageToken, long totalSize) {

    /** Tells our tokens from other texts that happen to be base 64, whose page would look like the last one. */
    private static final String MARK = "after:";

    /** The token of the page that begins after this node. */
    static String token(String lastId) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString((MARK + lastId).getBytes(StandardCharsets.UTF_8));
    }

    static String afterId(String token) {
        String text = "";
        try {
            text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException notBase64) {
            // refused below
        }
        if (!text.startsWith(MARK)) {
            throw Failure.invalid("query:pageToken", "is not a token of a page before");
        }
        return text.substring(MARK.length());
    }
}
