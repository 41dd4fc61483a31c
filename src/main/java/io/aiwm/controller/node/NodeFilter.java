package io.aiwm.controller.node;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Locale;

/**
 * Which nodes a list shows. Several values of one field mean "or", several fields "and"; empty or null asks for nothing.
 *
 * @param q part of id, name, host name or zone, in any case
 * @param pageSize more than {@link #MAX_PAGE} means that many
 * @param pageToken from the page before
 */
@RecordBuilder
public record NodeFilter(
        List<NodeStatus> status,
        List<String> zone,
        List<String> role,
        List<String> capability,
        String labelSelector,
        Boolean schedulable,
        Boolean draining,
        String q,
        int pageSize,
        String pageToken) {
    public static final int MAX_PAGE = 1_000;

    public NodeFilter {
        status = status == null ? List.of() : status;
        zone = zone == null ? List.of() : zone;
        role = role == null ? List.of() : role;
        capability = capability == null ? List.of() : capability;
        pageSize = Math.min(Math.max(pageSize, 1), MAX_PAGE);
    }

    /** All nodes, {@value #MAX_PAGE} at a time. */
    public static NodeFilter all() {
        return NodeFilterBuilder.builder().pageSize(MAX_PAGE).build();
    }

    boolean matches(Node node, LabelSelector labels) {
        return (status.isEmpty() || status.contains(node.status()))
                && (zone.isEmpty() || zone.contains(node.zone()))
                && (role.isEmpty() || role.contains(node.role()))
                && (capability.isEmpty() || capability.stream().anyMatch(node.capabilities()::contains))
                && (labels == null || labels.matches(node.labels()))
                && (schedulable == null || schedulable == node.schedulable())
                && (draining == null || draining == node.draining())
                && (q == null
                        || q.isBlank()
                        || contains(node.id())
                        || contains(node.name())
                        || contains(node.hostname())
                        || contains(node.zone()));
    }

    private boolean contains(String text) {
        return text != null && text.toLowerCase(Locale.ROOT).contains(q.strip().toLowerCase(Locale.ROOT));
    }
}
