package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.KeyedQueue;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** The only writer of what agents note about their users. */
public final class Memories {
    /** Of one agent about one user. */
    static final int MOST = 200;
    /** So long it is kept of an agent that is deleted, and comes back when the agent is restored. */
    static final Duration KEPT = Duration.ofDays(30);

    private static final String NAME = "agentMemories";
    private static final String UPDATED = "updatedAt";
    static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            NAME,
            List.of(
                    Field.text("agentId"),
                    Field.text("user"),
                    Field.time("userSince"),
                    Field.time(UPDATED),
                    Field.time(Query.CREATED)),
            List.of(List.of("user", UPDATED)));

    private final Records<Memory> records;
    private final InstantSource clock;
    /** Counting and adding are one for each agent and user. */
    private final KeyedQueue queue = new KeyedQueue();

    Memories(DocumentStore store, InstantSource clock) {
        this.records = new Records<>(
                store,
                NAME,
                Memory.class,
                Records.Shape.of(Memory::id, Memory::version, Memory::withVersion),
                memory -> false,
                false);
        this.clock = clock;
    }

    /** What is to be noted. @param conversationId in which */
    record Note(String key, String text, List<String> tags, String conversationId) {}

    /** Adds it, or replaces what has its key. Fails with CONFLICT when there are {@link #MOST} already. */
    Future<Memory> put(Memory.Of of, Note note) {
        return queue.take(of.agentId() + "\n" + of.user().name(), () -> {
            Instant now = clock.instant();
            return records.update(of.id(note.key()), seen -> changed(seen, note, now))
                    .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                            ? added(of, note, now)
                            : Future.failedFuture(cause));
        });
    }

    private static Memory changed(Memory seen, Note note, Instant now) {
        List<String> tags = note.tags() == null ? List.of() : note.tags();
        return seen.text().equals(note.text()) && seen.tags().equals(tags)
                ? seen
                : MemoryBuilder.builder(seen)
                        .text(note.text())
                        .tags(tags)
                        .conversationId(note.conversationId())
                        .updatedAt(now)
                        .build();
    }

    private Future<Memory> added(Memory.Of of, Note note, Instant now) {
        return count(of).compose(there -> {
            if (there >= MOST) {
                throw Failure.conflict("there are " + there + " notes, and no more than " + MOST
                        + " are kept; forget one, or replace one by its key");
            }
            return records.insert(MemoryBuilder.builder()
                    .id(of.id(note.key()))
                    .version(1)
                    .agentId(of.agentId())
                    .user(of.user().name())
                    .userSince(of.user().since())
                    .key(note.key())
                    .text(note.text())
                    .tags(note.tags())
                    .conversationId(note.conversationId())
                    .createdAt(now)
                    .updatedAt(now)
                    .build());
        });
    }

    private static List<Condition> conditions(Memory.Of of) {
        var where = new ArrayList<Condition>();
        where.add(Condition.eq("user", of.user().name()));
        where.add(Condition.eq("agentId", of.agentId()));
        if (of.user().since() != null) {
            where.add(Condition.eq("userSince", of.user().since()));
        }
        return where;
    }

    /** One page, the newest change first. */
    public Future<Records.Page<Memory>> find(Memory.Of of, int limit, String cursor) {
        return records.find(
                Query.where(conditions(of)).orderBy(UPDATED, true).limit(limit).after(cursor));
    }

    public Future<Long> count(Memory.Of of) {
        return records.count(conditions(of));
    }

    /** Fails with NOT_FOUND. */
    public Future<Memory> get(Memory.Of of, String key) {
        return RecordLabels.found(records.get(of.id(key)), "memory", key);
    }

    /** @return whether there was one */
    public Future<Boolean> forget(Memory.Of of, String key) {
        return of.user().since() == null
                ? forgetNamed(of, key)
                : queue.take(of.agentId() + "\n" + of.user().name(), () -> records.delete(of.id(key)));
    }

    /** Of whoever has or had the name. */
    private Future<Boolean> forgetNamed(Memory.Of of, String key) {
        return find(of, Query.MAX_LIMIT, null)
                .compose(page -> Future.join(page.items().stream()
                                .filter(one -> one.key().equals(key))
                                .map(one -> records.delete(one.id()))
                                .toList())
                        .map(all -> all.size() > 0));
    }

    /** Removes all of it. @return how much that was */
    public Future<Long> forgetAll(Memory.Of of) {
        return records.deleteWhere(Query.where(conditions(of)).limit(Query.MAX_LIMIT));
    }

    /** Removes what agents noted about a user who is deleted. */
    public Future<Void> userDeleted(String user) {
        return records.deleteWhere(Query.where(Condition.eq("user", user)).limit(Query.MAX_LIMIT))
                .compose(gone -> gone < Query.MAX_LIMIT ? Future.succeededFuture() : userDeleted(user));
    }

    /** Agents of which there is a memory. */
    Future<List<String>> agentIds() {
        return records.countBy("agentId", List.of()).map(counts -> List.copyOf(counts.keySet()));
    }

    Future<Void> agentDeleted(String agentId) {
        return records.deleteWhere(Query.where(Condition.eq("agentId", agentId)).limit(Query.MAX_LIMIT))
                .mapEmpty();
    }
}
