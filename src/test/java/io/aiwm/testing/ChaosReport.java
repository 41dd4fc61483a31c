package io.aiwm.testing;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What came of it.
 *
 * @param accepted jobs that a controller acknowledged
 * @param lost of those, how many are in the store no more
 * @param open of those, how many have not ended
 * @param twice command ids that workers began more than once
 * @param again jobs that workers began more than once, under whatever id
 * @param mostBegun how often the job was begun that was begun most often
 * @param upAfter seconds from the end of the fault until every controller shows every node as up; null: not within the
 *     time that an operator is not asked for
 * @param endedAfter seconds from the end of the fault until no job is open; null: not within patience
 */
public record ChaosReport(
        ChaosFault fault,
        int nodes,
        int jobs,
        int accepted,
        int attempts,
        int lost,
        int open,
        int twice,
        int again,
        int mostBegun,
        int offlineWhileHeard,
        Double upAfter,
        Double endedAfter,
        double seconds,
        List<String> violations) {

    public JsonObject toJson() {
        return new JsonObject()
                .put("peer", "aiwm")
                .put("mode", "chaos-" + fault.word())
                .put("controllers", ThreeControllers.COUNT)
                .put("nodes", nodes)
                .put("jobs", jobs)
                .put("accepted", accepted)
                .put("attempts", attempts)
                .put("lost", lost)
                .put("open", open)
                .put("twice", twice)
                .put("begun_again", again)
                .put("most_begun", mostBegun)
                .put("offline_while_heard", offlineWhileHeard)
                .put("up_after_s", upAfter)
                .put("ended_after_s", endedAfter)
                .put("wall_s", seconds)
                .put("violations", violations.size());
    }
}
