package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The records of one type that have a name, can be deleted and restored, and are listed and filtered in the same way. */
public final class Catalog<T extends CatalogRecord> {
    /** Of one type; the deleted ones count too. */
    static final int MOST = 10_000;

    private final Records<T> records;
    private final String what;
    private final String prefix;

    /** @param what one of them is called in messages. @param prefix of ids */
    public Catalog(
            DocumentStore store,
            String collection,
            String what,
            String prefix,
            Class<T> type,
            Records.Shape<T> shape,
            InstantSource clock) {
        this.records = new Records<>(store, collection, type, shape, one -> false, false);
        records.describe((before, after) -> AgentEventNotes.of(
                Agent.PREFIX.equals(prefix) ? "agent" : "agent." + what, before, after, clock.instant()));
        this.what = what;
        this.prefix = prefix;
    }

    public static DocumentStore.Collection collection(String name, Field... more) {
        var fields = new ArrayList<>(List.of(
                Field.unique("liveName"),
                Field.text("phase"),
                Field.text("activity"),
                Field.texts("tags"),
                Field.text("searchText"),
                Field.time(Query.CREATED)));
        fields.addAll(List.of(more));
        return new DocumentStore.Collection(name, fields, List.of(List.of("phase", Query.CREATED))).telling();
    }

    /** Fails with CONFLICT when the name is taken, or when there are too many. */
    public Future<T> insert(T made) {
        return records.count(List.of()).compose(there -> {
            if (there >= MOST) {
                throw Failure.conflict("there are " + there + " of this kind, and no more than " + MOST + " are kept");
            }
            return records.insert(made).recover(cause -> nameTaken(cause, made.name()));
        });
    }

    private Future<T> nameTaken(Throwable cause, String name) {
        Failure failure = Failure.of(cause);
        return Future.failedFuture(
                failure.kind == Failure.Kind.CONFLICT && failure.errors.isEmpty() && !failure.retryable()
                        ? new Failure(
                                Failure.Kind.CONFLICT,
                                "/name: there is " + what + " " + name + " already",
                                List.of(new Failure.FieldError("/name", "is taken by another")))
                        : cause);
    }

    /** By its id, or by its name. Fails with NOT_FOUND, also for a deleted one. */
    public Future<T> get(String idOrName) {
        Future<T> found = idOrName.startsWith(prefix + "_")
                ? any(idOrName)
                : records.find(Query.where(Condition.eq("liveName", idOrName)).limit(1))
                        .map(page -> page.items().stream().findFirst().orElseThrow(() -> notFound(idOrName)));
        return found.map(one -> {
            if (one.deletedAt() != null) {
                throw notFound(idOrName);
            }
            return one;
        });
    }

    /** For a filter: the id of what has this name, or what was said where nothing has it, by which nothing is found. */
    public Future<String> idOf(String idOrName) {
        return idOrName == null || idOrName.startsWith(prefix + "_")
                ? Future.succeededFuture(idOrName)
                : get(idOrName)
                        .map(CatalogRecord::id)
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Future.succeededFuture(idOrName)
                                : Future.failedFuture(cause));
    }

    /** Also a deleted one. Fails with NOT_FOUND. */
    public Future<T> any(String id) {
        return RecordLabels.found(records.get(id), what, id);
    }

    /** By id, those of these that are there, deleted or not. */
    public Future<Map<String, T>> all(Collection<String> ids) {
        if (ids.isEmpty()) {
            return Future.succeededFuture(Map.of());
        }
        var distinct = ids.stream().distinct().toList();
        return records.find(Query.where(Condition.in("id", distinct)).limit(Math.min(distinct.size(), Query.MAX_LIMIT)))
                .map(page -> {
                    var byId = new HashMap<String, T>();
                    page.items().forEach(one -> byId.put(one.id(), one));
                    return byId;
                });
    }

    public Future<Records.Page<T>> find(ListFilter filter, int limit, String cursor) {
        return records.page(
                Query.where(filter.conditions()).newestFirst().limit(limit).after(cursor));
    }

    public Future<Long> count(ListFilter filter) {
        return records.count(filter.conditions());
    }

    public Future<Map<String, Long>> countBy(String field, ListFilter filter) {
        return records.countBy(field, filter.conditions());
    }

    /**
     * Changes one that is not deleted. Fails with NOT_FOUND, with PRECONDITION when it is not at that version, with CONFLICT when
     * its new name is taken.
     *
     * @param version the one that was seen; null: any
     */
    public Future<T> change(String id, Long version, UnaryOperator<T> change) {
        return changeAny(id, version, seen -> {
            if (seen.deletedAt() != null) {
                throw notFound(id);
            }
            return change.apply(seen);
        });
    }

    /** The same, also of a deleted one. */
    public Future<T> changeAny(String id, Long version, UnaryOperator<T> change) {
        String[] name = {null};
        return RecordLabels.found(
                        records.update(id, seen -> {
                            if (version != null && version != seen.version()) {
                                throw new Failure(
                                        Failure.Kind.PRECONDITION,
                                        "the record is at version " + seen.version() + ", not at " + version
                                                + "; read it again");
                            }
                            T next = change.apply(seen);
                            name[0] = next.name();
                            return next;
                        }),
                        what,
                        id)
                .recover(cause -> nameTaken(cause, name[0]));
    }

    Failure notFound(String id) {
        return Failure.notFound(what, id);
    }
}
