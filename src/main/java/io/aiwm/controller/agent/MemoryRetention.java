package io.aiwm.controller.agent;

import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** Removes the memory of agents that were deleted long ago. */
public final class MemoryRetention {
    private final Agents agents;
    private final Memories memories;
    private final InstantSource clock;

    MemoryRetention(Agents agents, Memories memories, InstantSource clock) {
        this.agents = agents;
        this.memories = memories;
        this.clock = clock;
    }

    /** A sweep. */
    public Future<Void> run() {
        return memories.agentIds()
                .compose(ids -> agents.all(ids)
                        .compose(known -> Future.join(gone(ids, known).stream()
                                        .map(memories::agentDeleted)
                                        .toList())
                                .mapEmpty()));
    }

    private List<String> gone(List<String> ids, Map<String, Agent> known) {
        var before = clock.instant().minus(Memories.KEPT);
        return ids.stream()
                .filter(id -> {
                    Agent agent = known.get(id);
                    return agent == null
                            || (agent.deletedAt() != null && agent.deletedAt().isBefore(before));
                })
                .toList();
    }
}
