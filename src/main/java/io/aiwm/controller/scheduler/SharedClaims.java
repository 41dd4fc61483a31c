package io.aiwm.controller.scheduler;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The judge of promises where several controllers give out the same nodes: what a controller promised is its own view; it
 * counts when it stands in the node's record of claims.
 */
public final class SharedClaims {
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection("claims", List.of());

    private final Records<NodeClaims> records;

    public SharedClaims(DocumentStore store) {
        records = new Records<>(
                store,
                COLLECTION.name(),
                NodeClaims.class,
                Records.Shape.of(NodeClaims::id, NodeClaims::version, NodeClaims::withVersion),
                kept -> true,
                false);
    }

    /**
     * Takes all of these on one node, or none. Taking again what is held already succeeds and changes nothing.
     *
     * @return what the node holds when that leaves no room for it; null when it was taken
     */
    Future<NodeClaims> take(String nodeId, List<NodeClaims.NodeClaim> wanted, NodeClaims.Limits limits) {
        var full = new NodeClaims[1];
        return records.update(nodeId, seen -> {
                    full[0] = null;
                    if (wanted.stream().allMatch(one -> seen.claims().contains(one))) {
                        return seen;
                    }
                    NodeClaims after = seen.with(wanted, limits);
                    if (after == null) {
                        full[0] = seen;
                        throw Failure.conflict("node " + nodeId + " has no room left");
                    }
                    return after;
                })
                .map(taken -> (NodeClaims) null)
                .recover(cause -> switch (Failure.of(cause).kind) {
                    case NOT_FOUND ->
                        records.insert(new NodeClaims(nodeId, 1, List.of()))
                                .recover(taken -> Failure.of(taken).kind == Failure.Kind.CONFLICT
                                        ? Future.succeededFuture()
                                        : Future.failedFuture(taken))
                                .compose(there -> take(nodeId, wanted, limits));
                    case CONFLICT -> full[0] == null ? Future.failedFuture(cause) : Future.succeededFuture(full[0]);
                    default -> Future.failedFuture(cause);
                });
    }

    /** Gives back the claim of an attempt that has closed; one that was taken after that is another's. */
    Future<Void> give(String nodeId, String claimId, long closedAt) {
        return give(nodeId, held -> held.id().equals(claimId) && held.since() <= closedAt);
    }

    /** Gives back this claim; one that is not held, or was taken again since, is given back already. */
    Future<Void> give(String nodeId, NodeClaims.NodeClaim taken) {
        return give(nodeId, taken::equals);
    }

    private Future<Void> give(String nodeId, Predicate<NodeClaims.NodeClaim> which) {
        return records.update(nodeId, seen -> seen.without(which))
                .<Void>mapEmpty()
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }

    /** What a node holds by this id; null: nothing. */
    Future<NodeClaims.NodeClaim> held(String nodeId, String claimId) {
        return records.get(nodeId)
                .map(node -> node.claims().stream()
                        .filter(held -> held.id().equals(claimId))
                        .findFirst()
                        .orElse(null))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }

    /**
     * Makes a claim that is held anyway be what it is, whatever else there is.
     *
     * @param there what is held instead, or null; nothing happens when that is not so any more
     */
    Future<Void> correct(String nodeId, NodeClaims.NodeClaim there, NodeClaims.NodeClaim right) {
        return records.update(nodeId, seen -> seen.corrected(there, right))
                .<Void>mapEmpty()
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? records.insert(new NodeClaims(nodeId, 1, List.of(right)))
                                .mapEmpty()
                        : Future.failedFuture(cause));
    }

    /** Every node's claims as they are stored. */
    Future<Void> each(Consumer<NodeClaims> reader) {
        return page(Query.all(), reader);
    }

    private Future<Void> page(Query query, Consumer<NodeClaims> reader) {
        return records.find(query).compose(page -> {
            new ArrayList<>(page.items()).forEach(reader);
            return page.nextCursor() == null ? Future.succeededFuture() : page(query.after(page.nextCursor()), reader);
        });
    }
}
