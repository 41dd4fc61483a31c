package io.aiwm.worker.container;

import java.util.Map;

/**
 * Something happened to one container.
 *
 * @param action the engine's word: start, die, oom, health_status, destroy, ...
 * @param attributes the container's labels, and what belongs to the action (exitCode)
 */
public record EngineEvent(String containerId, String action, Map<String, String> attributes) {
    public EngineEvent {
        attributes = Map.copyOf(attributes);
    }
}
