package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What an administrator may set of a node. Body of {@code PUT /api/nodes/{id}}, and the part of a node that
 * {@code PATCH} merges into.
 *
 * @param name null: the id
 * @param role gpu, cpu or proxy; null: what the worker says
 * @param schedulable null: true
 */
public record NodeSettings(
        String name,
        String role,
        String zone,
        Map<String, String> labels,
        List<String> capabilities,
        Boolean schedulable) {
    private static final Set<String> ROLES = Set.of("gpu", "cpu", "proxy");
    private static final int MAX_ENTRIES = 64;
    private static final int MAX_NAME_CHARS = 100;
    private static final String WORD = "[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?";
    private static final Pattern LABEL_KEY = Pattern.compile("(" + WORD + "/)?" + WORD);
    private static final Pattern LABEL_VALUE = Pattern.compile("(" + WORD + ")?");

    /** Whether no new work is wanted on the node. */
    boolean cordons() {
        return schedulable != null && !schedulable;
    }

    /** Everything that is wrong with it, all at once; empty when it is good. */
    List<Failure.FieldError> errors() {
        var errors = new ArrayList<Failure.FieldError>();
        if (name != null && (name.isBlank() || name.length() > MAX_NAME_CHARS)) {
            errors.add(new Failure.FieldError("/name", "must have 1 to " + MAX_NAME_CHARS + " characters"));
        }
        if (role != null && !ROLES.contains(role)) {
            errors.add(new Failure.FieldError("/role", "must be gpu, cpu or proxy"));
        }
        if (zone != null && !LABEL_VALUE.matcher(zone).matches()) {
            errors.add(new Failure.FieldError("/zone", "must be at most 63 letters, digits, '-', '.' or '_'"));
        }
        if (labels != null) {
            labels.forEach((key, value) -> {
                if (!LABEL_KEY.matcher(key).matches()
                        || value == null
                        || !LABEL_VALUE.matcher(value).matches()) {
                    errors.add(new Failure.FieldError(
                            "/labels/" + key.replace("~", "~0").replace("/", "~1"),
                            "key and value must be at most 63 letters, digits, '-', '.' or '_'"));
                }
            });
        }
        if (capabilities != null
                && capabilities.stream()
                        .anyMatch(one -> one == null || !LABEL_KEY.matcher(one).matches())) {
            errors.add(new Failure.FieldError("/capabilities", "must be words of letters, digits, '-', '.' or '_'"));
        }
        if (tooMany(labels == null ? 0 : labels.size()) || tooMany(capabilities == null ? 0 : capabilities.size())) {
            errors.add(new Failure.FieldError("", "at most " + MAX_ENTRIES + " labels and capabilities"));
        }
        return errors;
    }

    private static boolean tooMany(int count) {
        return count > MAX_ENTRIES;
    }

    static void refuse(List<Failure.FieldError> errors) {
        if (!errors.isEmpty()) {
            Failure.FieldError first = errors.get(0);
            throw new Failure(Failure.Kind.INVALID, first.pointer() + ": " + first.detail(), errors);
        }
    }
}
