package io.aiwm.protocol;

import java.util.List;

/**
 * Controller to worker: what must stay on the node.
 *
 * @param askId of the {@link RetentionAsk} that this answers
 * @param images those that deployments placed on the node name, as they name them
 * @param owners those of the asked deployments and jobs that still exist
 */
public record RetentionKept(String askId, List<String> images, List<String> owners) {
    public static final String TYPE = "retention.kept";

    public RetentionKept {
        images = images == null ? List.of() : images;
        owners = owners == null ? List.of() : owners;
    }
}
