package io.aiwm.controller.deployment;

import io.aiwm.controller.secret.SecretUsers;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** Deployments that would miss a stored secret: those whose images are pulled with it, or may be again by themselves. */
public final class DeploymentSecretUsers implements SecretUsers {
    private final Records<Deployment> records;

    /** @param store has the deployments; nothing is written there */
    public DeploymentSecretUsers(DocumentStore store) {
        records = ReplicaRecords.of(store, false);
    }

    @Override
    public Future<List<Use>> of(String name) {
        return found(name, Query.where(List.of()).limit(Query.MAX_LIMIT), new ArrayList<>());
    }

    private Future<List<Use>> found(String name, Query query, List<Use> before) {
        return records.find(query).compose(page -> {
            page.items().stream()
                    .filter(one -> needs(one, name))
                    .forEach(one -> before.add(new Use("deployment", one.id(), one.name())));
            return page.nextCursor() == null
                    ? Future.succeededFuture(before)
                    : found(name, query.after(page.nextCursor()), before);
        });
    }

    private static boolean needs(Deployment deployment, String name) {
        return Revisions.needed(deployment)
                .map(revision -> revision.spec().registryAuth())
                .anyMatch(auth -> auth != null && name.equals(auth.secret()));
    }
}
