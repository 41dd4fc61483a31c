package io.aiwm.controller.api;

import io.aiwm.controller.cluster.ClusterStats;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.node.Storms;

/** {@code /api/cluster}: the fleet in numbers, and the storm guard. */
public final class ClusterResource implements Resource {
    private final ClusterStats stats;
    private final Storms storms;

    public ClusterResource(ClusterStats stats, Storms storms) {
        this.stats = stats;
        this.storms = storms;
    }

    @Override
    public String fragment() {
        return "cluster";
    }

    @Override
    public void mount(Api api) {
        api.on("getClusterStats", request -> stats.stats().map(Reply::ok));
        api.on(
                "getClusterDistribution",
                request -> stats.distribution().map(list -> Reply.page(list, null, (long) list.size())));
        api.on(
                "resolveStorm",
                request ->
                        storms.resolve(request.principal().name()).map(storm -> Reply.ok(ClusterStats.shown(storm))));
    }
}
