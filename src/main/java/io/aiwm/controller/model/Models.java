package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Models, their versions and aliases: what can be asked for and changed. */
public final class Models {
    /** That of models. */
    public static final DocumentStore.Collection COLLECTION = ModelRecords.MODEL_COLLECTION;

    private final ModelRecords records;
    private final ModelContent content;
    private final ModelUsers users;

    Models(ModelRecords records, ModelContent content, ModelUsers users) {
        this.records = records;
        this.content = content;
        this.users = users;
    }

    /** The collections of this room. */
    public static List<DocumentStore.Collection> collections() {
        return List.of(
                ModelRecords.MODEL_COLLECTION,
                ModelRecords.VERSION_COLLECTION,
                Blobs.COLLECTION,
                IncomingFiles.COLLECTION,
                MeasuredUses.COLLECTION);
    }

    /** Fails with UNPROCESSABLE naming the field, with CONFLICT when the name is taken. */
    public Future<Model> create(String id, ModelRequest wanted, String actor) {
        return insert(id, wanted, actor, null);
    }

    private Future<Model> insert(String id, ModelRequest wanted, String actor, Boolean byUpload) {
        Instant now = records.now();
        Model made = ModelBuilder.builder()
                .id(id)
                .version(1)
                .name(wanted.name())
                .description(wanted.description())
                .task(Objects.requireNonNullElse(wanted.task(), ModelTask.OTHER))
                .tags(wanted.tags())
                .license(wanted.license())
                .aliases(Map.of())
                .byUpload(byUpload)
                .createdBy(actor)
                .createdAt(now)
                .updatedAt(now)
                .build();
        return records.insert(made).recover(cause -> nameTaken(cause, wanted.name()));
    }

    private static Future<Model> nameTaken(Throwable cause, String name) {
        return Future.failedFuture(
                Failure.of(cause).kind == Failure.Kind.CONFLICT
                        ? new Failure(
                                Failure.Kind.CONFLICT,
                                "/name: there is a model " + name + " already",
                                List.of(new Failure.FieldError("/name", "is taken by another model")))
                        : cause);
    }

    /** By its id, or by its name. Fails with NOT_FOUND. */
    public Future<Model> get(String idOrName) {
        return records.model(idOrName);
    }

    /** The model of this name, made when there is none; it goes again when its first version is dropped. */
    public Future<Model> named(String name, ModelTask task, String actor) {
        var wanted = new ModelRequest(name, null, task, List.of(), null);
        return records.model(name)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? insert(Ids.next(Model.PREFIX), wanted, actor, true)
                        : Future.failedFuture(cause));
    }

    public Future<Records.Page<Model>> find(ModelFilter filter, int limit, String cursor) {
        return records.findModels(
                Query.where(filter.conditions()).newestFirst().limit(limit).after(cursor));
    }

    public Future<Long> count(ModelFilter filter) {
        return records.countModels(filter.conditions());
    }

    public Future<Map<String, Long>> countBy(String field, ModelFilter filter) {
        return records.countModelsBy(field, filter.conditions());
    }

    /**
     * Replaces what users say of a model; versions and aliases stay. Fails with PRECONDITION when it is not at that
     * version of its record, with CONFLICT when the new name is taken, or the old one is in use.
     *
     * @param version the one that was seen; null: any
     */
    public Future<Model> replace(String idOrName, ModelRequest wanted, Long version) {
        return records.model(idOrName)
                .compose(model -> mayBeCalled(wanted.name(), model)
                        .compose(free -> records.changeLive(model.id(), seen -> {
                            if (version != null && version != seen.version()) {
                                throw new Failure(
                                        Failure.Kind.PRECONDITION,
                                        "the model is at version " + seen.version() + ", not at " + version
                                                + "; read it again");
                            }
                            return seen.but()
                                    .name(wanted.name())
                                    .description(wanted.description())
                                    .task(Objects.requireNonNullElse(wanted.task(), ModelTask.OTHER))
                                    .tags(wanted.tags())
                                    .license(wanted.license())
                                    .byUpload(null)
                                    .updatedAt(records.now())
                                    .build();
                        })))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                                && Failure.of(cause).errors.isEmpty()
                        ? nameTaken(cause, wanted.name())
                        : Future.failedFuture(cause));
    }

    private Future<Void> mayBeCalled(String name, Model model) {
        return model.name().equals(name)
                ? Future.succeededFuture()
                : users.of(model, null).map(found -> refuseIfUsed(found, "/name", "the name cannot change"));
    }

    private static Void refuseIfUsed(List<ModelUsers.Use> found, String pointer, String what) {
        if (found.isEmpty()) {
            return null;
        }
        var words = new ArrayList<String>();
        found.stream().limit(10).forEach(use -> words.add(use.words()));
        String named = String.join(", ", words) + (found.size() > 10 ? " and " + (found.size() - 10) + " more" : "");
        throw new Failure(
                Failure.Kind.CONFLICT,
                what + ": in use by " + named,
                List.of(new Failure.FieldError(pointer, "in use by " + named)));
    }

    /**
     * Deletes a model with its versions. Fails with CONFLICT naming who uses it.
     *
     * @param force also when somebody uses it
     */
    public Future<Void> delete(String idOrName, boolean force, Long version) {
        return records.model(idOrName)
                .compose(model -> unused(model, null, force)
                        .compose(free -> records.changeLive(model.id(), seen -> {
                            if (version != null && version != seen.version()) {
                                throw new Failure(
                                        Failure.Kind.PRECONDITION,
                                        "the model is at version " + seen.version() + ", not at " + version);
                            }
                            return seen.but().deleting(true).build();
                        }))
                        .compose(marked -> unused(model, null, force)
                                .recover(used -> records.change(
                                                model.id(),
                                                seen -> seen.but()
                                                        .deleting(false)
                                                        .build())
                                        .transform(back -> Future.failedFuture(used)))
                                .compose(free -> content.removeModel(marked))));
    }

    /** Asked before it is marked, and again after: a deployment that was made in between has found the mark, or is found here. */
    private Future<Void> unused(Model model, Integer number, boolean force) {
        return force
                ? Future.succeededFuture()
                : users.of(model, number)
                        .map(found -> refuseIfUsed(
                                found, "query:force", "not deleted, unless force=true says so all the same"));
    }

    /** Deletes a version that was begun and is refused, and the model if it was made for that alone. */
    public Future<Void> dropVersion(ModelVersion version) {
        return content.removeVersion(version)
                .compose(gone -> records.changeLive(
                        version.modelId(),
                        seen -> seen.isLeftOver() ? seen.but().deleting(true).build() : seen))
                .compose(model -> model.deleting() ? content.removeModel(model) : Future.succeededFuture())
                .recover(Blobs::unlessGone);
    }

    /** A new version, without files yet. */
    public Future<ModelVersion> addVersion(Model model, String notes, String actor) {
        return content.addVersion(model, notes, actor);
    }

    /** See {@link ModelRecords#version(Model, String)}. */
    public Future<ModelVersion> version(Model model, String numberOrAlias) {
        return records.version(model, numberOrAlias);
    }

    /** The newest first. */
    public Future<Records.Page<ModelVersion>> versions(Model model, List<String> states, int limit, String cursor) {
        return records.findVersions(new Query(ofModel(model, states), byNumber(), limit, cursor));
    }

    public Future<Long> countVersions(Model model, List<String> states) {
        return records.countVersions(ofModel(model, states));
    }

    private static List<Condition> ofModel(Model model, List<String> states) {
        var where = new ArrayList<>(List.of(Condition.eq("modelId", model.id()), ModelRecords.NOT_DELETING));
        if (!states.isEmpty()) {
            where.add(Condition.in("state", states));
        }
        return where;
    }

    private static List<Query.Order> byNumber() {
        return List.of(new Query.Order("number", true));
    }

    /**
     * Deletes a version and the content that no other has. Fails with CONFLICT naming who uses it, or the aliases that mean
     * it.
     */
    public Future<Void> deleteVersion(Model model, String number, boolean force) {
        return records.version(model, number)
                .compose(version -> unused(model, version.number(), force).map(free -> {
                    List<String> aliases = model.aliases().entrySet().stream()
                            .filter(alias -> alias.getValue() == version.number())
                            .map(Map.Entry::getKey)
                            .sorted()
                            .toList();
                    if (!force && !aliases.isEmpty()) {
                        throw new Failure(
                                Failure.Kind.CONFLICT,
                                "not deleted, unless force=true says so all the same: meant by alias "
                                        + String.join(", ", aliases),
                                List.of(new Failure.FieldError("query:force", "an alias means this version")));
                    }
                    return version;
                }))
                .compose(version -> records.markDeleting(version.id())
                        .compose(marked -> unused(model, version.number(), force)
                                .recover(used -> records.unmarkDeleting(version.id())
                                        .transform(back -> Future.failedFuture(used)))
                                .compose(free -> content.removeVersion(marked))));
    }

    /** Lets an alias mean a version. Fails with UNPROCESSABLE when there is no such version that is READY. */
    public Future<Model> moveAlias(String idOrName, String alias, int number) {
        return records.model(idOrName)
                .compose(model -> records.version(ModelVersion.id(model.id(), number))
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Future.failedFuture(Failure.unprocessable(
                                        "/version", "the model " + model.name() + " has no version " + number))
                                : Future.failedFuture(cause))
                        .compose(version -> {
                            if (version.state() != ModelState.READY) {
                                throw Failure.unprocessable(
                                        "/version", "is " + version.state() + "; an alias means one that is READY");
                            }
                            return records.changeLive(model.id(), seen -> {
                                if (!seen.aliases().containsKey(alias)
                                        && seen.aliases().size() >= ModelRequest.MOST_ALIASES) {
                                    throw Failure.unprocessable(
                                            "path:alias",
                                            "is one more than the " + ModelRequest.MOST_ALIASES + " of a model");
                                }
                                return Objects.equals(seen.aliases().get(alias), number)
                                        ? seen
                                        : seen.withAlias(alias, number, records.now());
                            });
                        })
                        // it may have been deleted meanwhile
                        .compose(moved -> records.version(ModelVersion.id(model.id(), number))
                                .map(moved)
                                .recover(gone -> records.change(
                                                model.id(), seen -> seen.withoutAliasesOf(number, records.now()))
                                        .transform(done -> Future.failedFuture(gone)))));
    }

    /** Fails with NOT_FOUND when there is no such alias. */
    public Future<Model> removeAlias(String idOrName, String alias) {
        return records.model(idOrName)
                .compose(model -> records.changeLive(model.id(), seen -> {
                    if (!seen.aliases().containsKey(alias)) {
                        throw Failure.notFound("alias", alias);
                    }
                    return seen.withoutAlias(alias, records.now());
                }));
    }
}
