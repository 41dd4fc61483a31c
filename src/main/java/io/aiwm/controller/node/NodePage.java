package io.aiwm.controller.node;

import io.aiwm.protocol.Failure;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** @param nextPageToken null on the last page. @param totalSize how many nodes match on all pages */
public record NodePage(List<Node> items, String nextPageToken, long totalSize) {

    /** The token of the page that begins after this node. */
    static String token(String lastId) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(lastId.getBytes(StandardCharsets.UTF_8));
    }

    static String afterId(String token) {
        try {
            return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException cause) {
            throw Failure.invalid("/pageToken", "is not one of ours");
        }
    }
}
