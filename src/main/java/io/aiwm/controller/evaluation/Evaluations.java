package io.aiwm.controller.evaluation;

import io.aiwm.controller.agent.Catalog;
import io.aiwm.controller.agent.ListFilter;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

/** The only writer of evaluations. */
public final class Evaluations {
    private static final String NAME = "evaluations";
    static final DocumentStore.Collection COLLECTION = Catalog.collection(NAME);

    private final Catalog<Evaluation> catalog;
    private final InstantSource clock;

    Evaluations(DocumentStore store, InstantSource clock) {
        this.catalog = new Catalog<>(
                store,
                NAME,
                "evaluation",
                Evaluation.PREFIX,
                Evaluation.class,
                Records.Shape.of(Evaluation::id, Evaluation::version, Evaluation::withVersion),
                clock);
        this.clock = clock;
    }

    /** Fails with UNPROCESSABLE naming the field, with CONFLICT when the name is taken. */
    public Future<Evaluation> create(String id, EvaluationRequest wanted, String actor) {
        EvaluationRules.refuse(wanted);
        Instant now = clock.instant();
        return catalog.insert(said(
                EvaluationBuilder.builder().id(id).version(1).createdBy(actor).createdAt(now), wanted, actor, now));
    }

    private static Evaluation said(EvaluationBuilder begun, EvaluationRequest wanted, String actor, Instant now) {
        return begun.name(wanted.name())
                .description(wanted.description())
                .cases(wanted.cases())
                .tags(wanted.tags())
                .active(wanted.active() == null || wanted.active())
                .updatedBy(actor)
                .updatedAt(now)
                .build();
    }

    /** By its id or its name. Fails with NOT_FOUND, also for a deleted one. */
    public Future<Evaluation> get(String idOrName) {
        return catalog.get(idOrName);
    }

    /** For a filter ({@link Catalog#idOf}). */
    Future<String> idOf(String idOrName) {
        return catalog.idOf(idOrName);
    }

    public Future<Records.Page<Evaluation>> find(ListFilter filter, int limit, String cursor) {
        return catalog.find(filter, limit, cursor);
    }

    public Future<Long> count(ListFilter filter) {
        return catalog.count(filter);
    }

    public Future<Map<String, Long>> countBy(String field, ListFilter filter) {
        return catalog.countBy(field, filter);
    }

    /**
     * Replaces what it says; runs keep the cases that they began with. Fails as {@link #create} and with PRECONDITION.
     *
     * @param version that was seen; null: any
     */
    public Future<Evaluation> replace(String idOrName, EvaluationRequest wanted, String actor, Long version) {
        EvaluationRules.refuse(wanted);
        return catalog.get(idOrName)
                .compose(seen -> catalog.change(
                        seen.id(),
                        version,
                        now -> said(EvaluationBuilder.builder(now), wanted, actor, clock.instant())));
    }

    /** Marks it as deleted; its runs stay. Fails with NOT_FOUND and PRECONDITION. */
    public Future<Evaluation> delete(String idOrName, Long version) {
        return catalog.get(idOrName)
                .compose(seen -> catalog.change(
                        seen.id(),
                        version,
                        now -> EvaluationBuilder.builder(now)
                                .deletedAt(clock.instant())
                                .build()));
    }

    /** Fails with NOT_FOUND, with CONFLICT when its name was taken meanwhile. What is not deleted stays as it is. */
    public Future<Evaluation> restore(String id, Long version) {
        return catalog.changeAny(
                id,
                version,
                seen -> seen.deletedAt() == null
                        ? seen
                        : EvaluationBuilder.builder(seen).deletedAt(null).build());
    }
}
