package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;

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

    /** The page that a filter asks for, of nodes in the order of their ids. */
    static NodePage of(Collection<Node> nodes, NodeFilter filter, UnaryOperator<Node> shown) {
        LabelSelector labels = filter.labelSelector() == null ? null : LabelSelector.parse(filter.labelSelector());
        String after = filter.pageToken() == null ? "" : afterId(filter.pageToken());
        List<Node> matching =
                nodes.stream().filter(node -> filter.matches(node, labels)).toList();
        List<Node> rest = matching.stream()
                .filter(node -> node.id().compareTo(after) > 0)
                .limit(filter.pageSize() + 1L)
                .toList();
        boolean more = rest.size() > filter.pageSize();
        List<Node> items = rest.subList(0, more ? filter.pageSize() : rest.size());
        return new NodePage(
                items.stream().map(shown).toList(),
                more ? token(items.get(items.size() - 1).id()) : null,
                matching.size());
    }
}
