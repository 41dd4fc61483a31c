package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.controller.model.estimate.EstimateRequest;
import io.aiwm.controller.model.estimate.MeasuredUse;
import io.aiwm.controller.model.estimate.MeasuredUse.Setup;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers the highest use that was measured of each version in each setup; the only writer of {@link ModelUse}. A sample
 * that is hardly higher than what is stored writes nothing.
 */
public final class MeasuredUses {
    private static final String NAME = "modelUses";
    static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection(NAME, List.of(Field.text("versionId")));

    /** Setups of one version; further ones are not remembered. */
    static final int MOST_SETUPS = 200;

    private static final int MOST_KNOWN = 10_000;

    private record Asked(String versionId, EstimateRequest request) {}

    private final ModelRecords models;
    private final Records<ModelUse> records;
    /** What is stored, or was when it was read: a sample that raises nothing costs no look into the store. */
    private final Map<String, MeasuredUse> known = new Recent<>();

    private final Map<Asked, Setup> setups = new Recent<>();
    private final Set<Asked> writing = ConcurrentHashMap.newKeySet();

    private static final class Recent<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > MOST_KNOWN;
        }
    }

    MeasuredUses(DocumentStore store, ModelRecords models) {
        this.models = models;
        this.records = new Records<>(
                store,
                NAME,
                ModelUse.class,
                Records.Shape.of(ModelUse::id, ModelUse::version, ModelUse::withVersion),
                use -> false,
                false);
    }

    /** Succeeds with null when nothing was measured in this setup. */
    Future<MeasuredUse> of(ModelVersion version, Setup setup) {
        return records.get(ModelUse.id(version.id(), setup))
                .map(ModelUse::use)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause));
    }

    /**
     * A replica that serves a version was seen to use so much. Call it with every sample: most of them cost nothing, and one that
     * comes while another is written is left out. Never blocks. Nothing happens when the version is gone.
     *
     * @param request with what it is served
     * @param hostBytes anonymous memory and that of the kernel, without the pages of files
     * @param gpuBytes of its processes on each GPU; empty: none, or not known
     */
    public Future<Void> observed(String versionId, EstimateRequest request, long hostBytes, List<Long> gpuBytes) {
        var asked = new Asked(versionId, request);
        boolean takesAll = request.engine() != null && request.engine().takesWholeGpus();
        var seen = MeasuredUse.of(hostBytes, takesAll ? List.of() : gpuBytes, models.now());
        if (raisesNothing(asked, seen) || !writing.add(asked)) {
            return Future.succeededFuture();
        }
        return setup(asked)
                .compose(setup -> setup == null ? Future.succeededFuture() : raise(versionId, setup, seen))
                .onComplete(done -> writing.remove(asked));
    }

    private boolean raisesNothing(Asked asked, MeasuredUse seen) {
        synchronized (this) {
            Setup setup = setups.get(asked);
            MeasuredUse before = setup == null ? null : known.get(ModelUse.id(asked.versionId, setup));
            return before != null && !before.raisedMuchBy(seen);
        }
    }

    /** Null when the version is gone. */
    private Future<Setup> setup(Asked asked) {
        synchronized (this) {
            Setup setup = setups.get(asked);
            if (setup != null) {
                return Future.succeededFuture(setup);
            }
        }
        return models.version(asked.versionId)
                .map(version -> {
                    Setup setup = Setup.of(asked.request, ModelEstimates.trainedContext(version));
                    synchronized (this) {
                        setups.put(asked, setup);
                    }
                    return setup;
                })
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause));
    }

    private Future<Void> raise(String versionId, Setup setup, MeasuredUse seen) {
        String id = ModelUse.id(versionId, setup);
        return records.update(
                        id,
                        before -> before.use().raisedMuchBy(seen)
                                ? before.with(before.use().and(seen))
                                : before)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? first(versionId, id, seen)
                        : Future.failedFuture(cause))
                .map(stored -> {
                    if (stored != null) {
                        synchronized (this) {
                            known.put(id, stored.use());
                        }
                    }
                    return null;
                });
    }

    /** Null when it has enough of them, or is gone. */
    private Future<ModelUse> first(String versionId, String id, MeasuredUse seen) {
        return models.version(versionId)
                .compose(there -> records.count(List.of(Condition.eq("versionId", versionId))))
                .compose(count -> count >= MOST_SETUPS
                        ? Future.succeededFuture(null)
                        : records.insert(new ModelUse(id, 1, versionId, seen)))
                .recover(cause -> switch (Failure.of(cause).kind) {
                    case NOT_FOUND, CONFLICT -> Future.succeededFuture(null); // with the next sample
                    default -> Future.failedFuture(cause);
                });
    }

    /** Forgets what was measured of a version that goes. */
    Future<Void> forget(String versionId) {
        synchronized (this) {
            setups.keySet().removeIf(asked -> asked.versionId.equals(versionId));
        }
        return records.deleteWhere(
                        Query.where(Condition.eq("versionId", versionId)).limit(MOST_SETUPS))
                .mapEmpty();
    }
}
