package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Body of {@code POST /api/nodes}.
 *
 * @param id of the caller's choice, honoured when free; {@code nodeId} is another name for it; null: one is made
 */
@RecordBuilder
public record NewNode(
        String id,
        String nodeId,
        String name,
        String role,
        String zone,
        Map<String, String> labels,
        List<String> capabilities,
        Boolean schedulable) {
    /** It becomes part of bus addresses, file names and container names. */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?");

    /** Where the controller's own steps are said to run. */
    private static final String RESERVED = "controller";

    public static boolean isId(String text) {
        return text != null && ID.matcher(text).matches() && !RESERVED.equals(text);
    }

    /** The id asked for, or null. */
    String wantedId() {
        return id != null ? id : nodeId;
    }

    NodeSettings settings() {
        // clients that have nothing to say of capabilities send an empty list
        List<String> set = capabilities == null || capabilities.isEmpty() ? null : capabilities;
        return new NodeSettings(name, role, zone, labels, set, schedulable);
    }

    /** Fails with INVALID naming everything that is wrong. */
    void check() {
        var errors = new ArrayList<>(settings().errors());
        if (wantedId() != null && !isId(wantedId())) {
            errors.add(new Failure.FieldError(
                    id != null ? "/id" : "/nodeId",
                    "must be 1 to 63 letters, digits, '-', '.' or '_', the first and last a letter or digit, and not "
                            + RESERVED));
        }
        NodeSettings.refuse(errors);
    }
}
