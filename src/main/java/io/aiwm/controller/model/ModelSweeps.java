package io.aiwm.controller.model;

import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Goes on with what a controller that is gone had begun: uploads, versions that were being looked at, deletions. */
public final class ModelSweeps {
    /** How long looking at a version may take before somebody else does it, too. */
    private static final Duration LOOKED_AT = Duration.ofMinutes(1);

    private final IsolatedForEach each = new IsolatedForEach(LoggerFactory.getLogger(ModelSweeps.class), "model");
    private final ModelRecords records;
    private final ModelContent content;
    private final Blobs blobs;
    private final IncomingFiles incoming;
    private final Duration abandonedAfter;

    /** @param abandonedAfter so long nobody has continued an upload that ends */
    ModelSweeps(
            ModelRecords records, ModelContent content, IncomingFiles incoming, Blobs blobs, Duration abandonedAfter) {
        this.abandonedAfter = abandonedAfter;
        this.records = records;
        this.content = content;
        this.incoming = incoming;
        this.blobs = blobs;
    }

    /** To be run every minute. */
    public Future<Void> run() {
        long now = records.now().toEpochMilli();
        return incoming.touch()
                .compose(touched -> incoming.abandoned())
                .compose(left -> each.all(left, id -> id, incoming::settle))
                .compose(done -> abandoned())
                .compose(done -> versions(Condition.eq("phase", ModelVersion.EMPTYING)))
                .compose(failed -> each.all(failed, ModelVersion::id, content::empty))
                .compose(done -> versions(Condition.eq("phase", "deleting")))
                .compose(marked -> each.all(marked, ModelVersion::id, content::removeVersion))
                .compose(done -> models(Condition.eq("phase", "deleting")))
                .compose(marked -> each.all(marked, Model::id, content::removeModel))
                .compose(done -> versions(
                        Condition.eq("state", ModelState.VERIFYING.name()),
                        Condition.eq("phase", "active"),
                        Condition.lt("updatedAtMs", now - LOOKED_AT.toMillis())))
                .compose(standing -> each.all(standing, ModelVersion::id, content::verify))
                .compose(done -> models(
                        Condition.eq("phase", "active"),
                        Condition.in(
                                "newest.state",
                                List.of(
                                        ModelState.PENDING.name(),
                                        ModelState.UPLOADING.name(),
                                        ModelState.DOWNLOADING.name(),
                                        ModelState.VERIFYING.name()))))
                .compose(open -> each.all(open, Model::id, records::refresh))
                .compose(done -> blobs.run());
    }

    private Future<?> abandoned() {
        Instant before = records.now().minus(abandonedAfter);
        return versions(
                        Condition.in("state", List.of(ModelState.PENDING.name(), ModelState.UPLOADING.name())),
                        Condition.eq("phase", ModelVersion.ACTIVE),
                        Condition.lt("updatedAtMs", before.toEpochMilli()))
                .compose(left -> each.all(
                        left, ModelVersion::id, version -> content.abandon(version, before, words(abandonedAfter))));
    }

    private static String words(Duration time) {
        return time.toHours() > 1 ? time.toHours() + " hours" : time.toMinutes() + " minutes";
    }

    private Future<List<ModelVersion>> versions(Condition... where) {
        return records.findVersions(Query.where(where).limit(ModelRecords.MOST_FOUND))
                .map(page -> page.items());
    }

    private Future<List<Model>> models(Condition... where) {
        return records.findModels(Query.where(where).limit(ModelRecords.MOST_FOUND))
                .map(page -> page.items());
    }
}
