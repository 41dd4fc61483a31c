package io.aiwm.worker.link;

import io.aiwm.protocol.DeploymentStatus;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The last that is known of each container, to be told again in every new session: what changed while nobody listened,
 * or was lost with the connection, is not lost.
 */
final class LastStatuses {
    /** The least recently changed go first. */
    private static final int MAX = 10_000;

    private final Map<String, DeploymentStatus> byContainer = new LinkedHashMap<>();

    void put(DeploymentStatus status) {
        byContainer.remove(status.containerId());
        byContainer.put(status.containerId(), status);
        if (byContainer.size() > MAX) {
            var oldest = byContainer.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** Returns all statuses to report in a new session. A removed container is reported in one session only. */
    Collection<DeploymentStatus> forNewSession() {
        var all = List.copyOf(byContainer.values());
        byContainer.values().removeIf(status -> status.removed());
        return all;
    }
}
