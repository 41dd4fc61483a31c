package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * The records of models and their versions, and the only writer of both. What a model says of its newest version follows
 * each change of that version; where it could not, {@link ModelSweeps} makes up for it.
 */
final class ModelRecords {
    private static final String MODELS = "models";
    private static final String VERSIONS = "modelVersions";
    static final DocumentStore.Collection MODEL_COLLECTION = new DocumentStore.Collection(
                    MODELS,
                    List.of(
                            Field.unique("name"),
                            Field.text("task"),
                            Field.texts("tags"),
                            Field.text("searchText"),
                            Field.text("phase"),
                            Field.text("newest.state"),
                            Field.text("newest.format"),
                            Field.text("createdBy"),
                            Field.time(Query.CREATED)),
                    List.of(List.of("phase", Query.CREATED)))
            .telling();
    static final DocumentStore.Collection VERSION_COLLECTION = new DocumentStore.Collection(
            VERSIONS,
            List.of(
                    Field.text("modelId"),
                    Field.number("number"),
                    Field.text("state"),
                    Field.text("phase"),
                    Field.text("createdBy"),
                    Field.number("updatedAtMs")),
            List.of(List.of("modelId", "number")));

    static final int MOST_FOUND = 1_000;
    /** Of versions. */
    static final Condition NOT_DELETING = Condition.in("phase", List.of(ModelVersion.ACTIVE, ModelVersion.EMPTYING));

    private final Records<Model> models;
    private final Records<ModelVersion> versions;
    private final InstantSource clock;

    ModelRecords(DocumentStore store, InstantSource clock) {
        this.models = new Records<>(
                store,
                MODELS,
                Model.class,
                Records.Shape.of(Model::id, Model::version, Model::withVersion),
                model -> false,
                false);
        this.versions = new Records<>(
                store,
                VERSIONS,
                ModelVersion.class,
                Records.Shape.of(ModelVersion::id, ModelVersion::version, ModelVersion::withVersion),
                version -> false,
                false);
        this.clock = clock;
        models.describe((before, after) -> ModelEventNotes.between(before, after, clock));
    }

    Instant now() {
        return clock.instant();
    }

    Future<Model> insert(Model made) {
        return models.insert(made);
    }

    /** By its id, or by its name. Fails with NOT_FOUND, also for one that is being deleted. */
    Future<Model> model(String idOrName) {
        Future<Model> found = idOrName.startsWith(Model.PREFIX + "_")
                ? models.get(idOrName)
                : models.find(Query.where(Condition.eq("name", idOrName)).limit(1))
                        .map(page -> page.items().stream()
                                .findFirst()
                                .orElseThrow(() -> Failure.notFound("model", idOrName)));
        return found.map(model -> {
            if (model.deleting()) {
                throw Failure.notFound("model", idOrName);
            }
            return model;
        });
    }

    Future<Model> change(String modelId, UnaryOperator<Model> change) {
        return models.update(modelId, change);
    }

    /** The same of one that is not being deleted. Fails with NOT_FOUND. */
    Future<Model> changeLive(String modelId, UnaryOperator<Model> change) {
        return models.update(modelId, seen -> {
            if (seen.deleting()) {
                throw Failure.notFound("model", modelId);
            }
            return change.apply(seen);
        });
    }

    Future<Boolean> forgetModel(String modelId) {
        return models.delete(modelId);
    }

    Future<Records.Page<Model>> findModels(Query query) {
        return models.find(query);
    }

    Future<Long> countModels(List<Condition> where) {
        return models.count(where);
    }

    Future<java.util.Map<String, Long>> countModelsBy(String field, List<Condition> where) {
        return models.countBy(field, where);
    }

    /** Gives a model its next number, and makes the version of this number. Fails with NOT_FOUND. */
    Future<ModelVersion> add(String modelId, java.util.function.IntFunction<ModelVersion> made) {
        // changes that come at once are written together: each has its own number, and the record the highest
        var mine = new AtomicInteger();
        return changeLive(modelId, seen -> {
                    int number = seen.lastNumber() + 1;
                    mine.set(number);
                    return seen.but()
                            .lastNumber(number)
                            .newest(Model.Newest.of(made.apply(number)))
                            .build();
                })
                .compose(model -> versions.insert(made.apply(mine.get())));
    }

    /** Fails with NOT_FOUND, also for one that is being deleted. */
    Future<ModelVersion> version(String versionId) {
        return versions.get(versionId).map(version -> {
            if (version.deleting()) {
                throw Failure.notFound("version", versionId);
            }
            return version;
        });
    }

    /** By its number, or by an alias of its model, or {@code latest}: the highest that is READY. Fails with NOT_FOUND. */
    Future<ModelVersion> version(Model model, String numberOrAlias) {
        Integer number = model.aliases().get(numberOrAlias);
        if (number == null && numberOrAlias.matches("[1-9][0-9]{0,8}")) {
            number = Integer.valueOf(numberOrAlias);
        }
        if (number == null) {
            return numberOrAlias.equals("latest") ? latest(model) : Future.failedFuture(none(model, numberOrAlias));
        }
        return versions.get(ModelVersion.id(model.id(), number))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.failedFuture(none(model, numberOrAlias))
                        : Future.failedFuture(cause))
                .map(version -> {
                    if (version.deleting()) {
                        throw none(model, numberOrAlias);
                    }
                    return version;
                });
    }

    private Future<ModelVersion> latest(Model model) {
        return versions.find(Query.where(
                                Condition.eq("modelId", model.id()),
                                Condition.eq("state", ModelState.READY.name()),
                                Condition.eq("phase", "active"))
                        .orderBy("number", true)
                        .limit(1))
                .map(page -> page.items().stream().findFirst().orElseThrow(() -> none(model, "latest")));
    }

    private static Failure none(Model model, String numberOrAlias) {
        return new Failure(Failure.Kind.NOT_FOUND, "model " + model.name() + " has no version " + numberOrAlias);
    }

    /** Changes a version that is not being deleted, and what its model says of it. Fails with NOT_FOUND. */
    Future<ModelVersion> changeVersion(String versionId, UnaryOperator<ModelVersion> change) {
        return versions.update(versionId, seen -> {
                    if (seen.deleting()) {
                        throw Failure.notFound("version", versionId);
                    }
                    return change.apply(seen);
                })
                .compose(changed -> told(changed).map(changed));
    }

    /** Marks a version: from now on it is not found. */
    Future<ModelVersion> markDeleting(String versionId) {
        return versions.update(
                versionId,
                seen -> seen.deleting()
                        ? seen
                        : seen.but().deleting(true).updatedAt(now()).build());
    }

    /** It is found again. */
    Future<ModelVersion> unmarkDeleting(String versionId) {
        return versions.update(
                versionId, seen -> seen.but().deleting(false).updatedAt(now()).build());
    }

    Future<Boolean> forgetVersion(String versionId) {
        return versions.delete(versionId);
    }

    Future<Records.Page<ModelVersion>> findVersions(Query query) {
        return versions.find(query);
    }

    Future<Long> countVersions(List<Condition> where) {
        return versions.count(where);
    }

    private Future<Void> told(ModelVersion changed) {
        return models.update(
                        changed.modelId(),
                        seen -> seen.newest() != null
                                        && (seen.newest().number() > changed.number()
                                                || seen.newest().equals(Model.Newest.of(changed)))
                                ? seen
                                : seen.withNewest(Model.Newest.of(changed)))
                .<Void>mapEmpty()
                .recover(Blobs::unlessGone);
    }

    /** Reads anew what a model says of its newest version. */
    Future<Void> refresh(Model model) {
        return versions.find(Query.where(Condition.eq("modelId", model.id()), NOT_DELETING)
                        .orderBy("number", true)
                        .limit(1))
                .compose(page -> {
                    Model.Newest newest = page.items().stream()
                            .findFirst()
                            .map(Model.Newest::of)
                            .orElse(null);
                    return models.update(
                            model.id(),
                            seen -> seen.lastNumber() != model.lastNumber()
                                            || java.util.Objects.equals(seen.newest(), newest)
                                    ? seen
                                    : seen.withNewest(newest));
                })
                .<Void>mapEmpty()
                .recover(Blobs::unlessGone);
    }
}
