package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The only writer of summaries. */
final class Summaries {
    /** Of a conversation, the newest; older ones cover less, or belong to branches that were left long ago. */
    private static final int MOST_LOOKED_AT = 100;

    private static final String NAME = "agentSummaries";
    static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            NAME,
            List.of(Field.text("conversationId"), Field.time(Query.CREATED)),
            List.of(List.of("conversationId", Query.CREATED)));

    private final Records<Summary> records;

    Summaries(DocumentStore store) {
        this.records = new Records<>(
                store,
                NAME,
                Summary.class,
                Records.Shape.of(Summary::id, Summary::version, Summary::withVersion),
                summary -> false,
                false);
    }

    /** Stores one; where there is one of this id, that one stays and is returned. */
    Future<Summary> store(Summary made) {
        return records.insert(made)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                        ? records.get(made.id())
                        : Future.failedFuture(cause));
    }

    /** Succeeds with null when there is none. */
    Future<Summary> find(String id) {
        return records.get(id)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause));
    }

    /** The one that covers most of this branch; null: none. */
    Future<Summary> of(String conversationId, List<Message> branch) {
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < branch.size(); i++) {
            places.put(branch.get(i).id(), i);
        }
        return records.find(Query.where(Condition.eq("conversationId", conversationId))
                        .newestFirst()
                        .limit(MOST_LOOKED_AT))
                .map(page -> {
                    Summary best = null;
                    for (Summary one : page.items()) {
                        Integer place = places.get(one.throughId());
                        if (place != null && (best == null || place > places.get(best.throughId()))) {
                            best = one;
                        }
                    }
                    return best;
                });
    }
}
