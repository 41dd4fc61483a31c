package io.aiwm.controller.deployment;

import io.aiwm.controller.model.Model;
import io.aiwm.controller.model.ModelUsers;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.util.List;

/** Deployments that would miss a model: those whose containers have it, are to have it, or may go back to it. */
public final class DeploymentModelUsers implements ModelUsers {
    private final Records<Deployment> records;

    /** @param store has the deployments; nothing is written there */
    public DeploymentModelUsers(DocumentStore store) {
        records = ReplicaRecords.of(store, false);
    }

    @Override
    public Future<List<Use>> of(Model model, Integer number) {
        String wanted = number == null ? model.id() : model.id() + ":" + number;
        return records.find(Query.where(Query.Condition.eq(Deployments.MODELS, wanted))
                        .limit(Query.MAX_LIMIT))
                .map(page -> page.items().stream()
                        .map(one -> new Use("deployment", one.id(), one.name()))
                        .toList());
    }
}
