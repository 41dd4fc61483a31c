package io.aiwm.controller.model;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.model.estimate.MeasuredUse;
import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * What a version was seen to use in one setup, as stored in collection {@code modelUses}. Written by {@link MeasuredUses} only.
 *
 * @param id {@link #id}
 * @param version of this record
 * @param versionId of the version of the model
 */
@RecordBuilder
record ModelUse(String id, long version, String versionId, MeasuredUse use) implements ValidatedRecord {

    static String id(String versionId, MeasuredUse.Setup setup) {
        return versionId + ":" + setup.id();
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(versionId, "versionId");
        requireNonNull(use, "use");
    }

    ModelUse withVersion(long next) {
        return ModelUseBuilder.builder(this).version(next).build();
    }

    ModelUse with(MeasuredUse higher) {
        return ModelUseBuilder.builder(this).use(higher).build();
    }
}
