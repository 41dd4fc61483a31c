package io.aiwm.controller.deployment;

import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;

/**
 * Writes records of before there were several replicas once more, in the shape they have now: only then they are found by the
 * node of their container. What they run is not touched.
 */
final class DeploymentUpgrade {
    /** Only a record of before has it. */
    static final String FIELD = "container.nodeId";

    private final Records<Deployment> records;
    private final IsolatedForEach each;

    DeploymentUpgrade(Records<Deployment> records, IsolatedForEach each) {
        this.records = records;
        this.each = each;
    }

    /** Succeeds when there are none left that can be read. */
    Future<Void> rewritten() {
        return page(Query.where(Query.Condition.ne(FIELD, null)).limit(Query.MAX_LIMIT));
    }

    private Future<Void> page(Query query) {
        return records.find(query)
                .compose(page -> each.all(page.items(), Deployment::id, this::once)
                        .compose(done -> page.nextCursor() == null
                                ? Future.succeededFuture()
                                : page(query.after(page.nextCursor()))));
    }

    private Future<Deployment> once(Deployment seen) {
        return records.update(
                seen.id(), found -> DeploymentBuilder.builder(found).build());
    }
}
