package io.aiwm.protocol;

import java.util.List;

/**
 * Worker to controller, at once when a model came or went: all it holds now. Not answered; whatever is lost is made good by
 * the next {@link NodeRegister}.
 */
public record NodeModels(String sessionId, List<NodeModel> models) {
    public static final String TYPE = "telemetry.models";
}
