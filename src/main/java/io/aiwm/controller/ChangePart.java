package io.aiwm.controller;

import io.aiwm.controller.change.ChangeFeed;
import io.aiwm.controller.http.HealthCheck;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.store.DocumentStore.Collection;
import java.util.List;

/** What must follow what is stored, each consumer of it named here. */
final class ChangePart implements Part {
    final ChangeFeed feed;

    ChangePart(PartContext basis, ExecutionPart work, DeploymentPart lasting, EventPart events) {
        feed = new ChangeFeed(basis.vertx(), basis.store(), basis.controllerId(), basis.alone())
                .add(work.pins)
                .add(lasting.deployments.events())
                .add(events.recorder);
    }

    @Override
    public List<Collection> collections() {
        return List.of(ChangeFeed.COLLECTION);
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(new Sweep("changes that were told", ChangeFeed.TRIM_EVERY, feed::trim));
    }

    @Override
    public List<HealthCheck> checks() {
        return List.of(new HealthCheck("changes", false, feed::check));
    }
}
