package io.aiwm.controller.inference;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The only writer of aliases. */
public final class Aliases {
    public static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection("inferenceAliases", List.of()).telling();

    private final Records<AliasBook> records;
    private final InstantSource clock;

    public Aliases(DocumentStore store, InstantSource clock) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                AliasBook.class,
                Records.Shape.of(AliasBook::id, AliasBook::version, AliasBook::withVersion),
                book -> false,
                false);
        this.clock = clock;
    }

    /** @param created whether there was none of this name */
    public record Put(NamedAlias alias, boolean created) {}

    /**
     * Creates or replaces an alias. Fails with UNPROCESSABLE naming the field, with PRECONDITION when it is not at that version, with
     * CONFLICT when there are too many.
     *
     * @param version the one that was seen; null: any
     */
    public Future<Put> put(String name, AliasRequest wanted, String actor, Long version) {
        // a change may run more than once; the last run counts
        boolean[] created = new boolean[1];
        return change(book -> {
                    NamedAlias seen = book.find(name);
                    if (version != null) {
                        require(seen, name, version);
                    }
                    AliasRules.check(name, wanted, "");
                    created[0] = seen == null;
                    if (seen != null && seen.isLike(wanted)) {
                        return book;
                    }
                    AliasBook next = book.with(made(name, wanted, seen, book, actor));
                    AliasRules.check(next);
                    return next;
                })
                .map(book -> new Put(book.find(name), created[0]));
    }

    /** Replaces all aliases by these, at once. Fails as {@link #put} does. @param version of all; null: any */
    public Future<List<NamedAlias>> putAll(Map<String, AliasRequest> wanted, String actor, Long version) {
        return change(book -> {
                    if (version != null && version != book.version()) {
                        throw new Failure(
                                Failure.Kind.PRECONDITION,
                                "the aliases are at version " + book.version() + ", not at " + version
                                        + "; read them again");
                    }
                    wanted.forEach((name, one) -> AliasRules.check(name, one, "/" + name));
                    AliasBook next = new AliasBook(
                            book.id(),
                            book.version(),
                            wanted.entrySet().stream()
                                    .map(one -> {
                                        NamedAlias seen = book.find(one.getKey());
                                        return seen != null && seen.isLike(one.getValue())
                                                ? seen
                                                : made(one.getKey(), one.getValue(), seen, book, actor);
                                    })
                                    .toList());
                    AliasRules.check(next);
                    return next.aliases().equals(book.aliases()) ? book : next;
                })
                .map(AliasBook::aliases);
    }

    /** Fails with NOT_FOUND, or with PRECONDITION when it is not at that version. */
    public Future<Void> delete(String name, Long version) {
        return change(book -> {
                    require(book.find(name), name, version);
                    return book.without(name);
                })
                .mapEmpty();
    }

    /** Fails with NOT_FOUND. */
    public Future<NamedAlias> get(String name) {
        return all().map(all -> all.stream()
                .filter(alias -> alias.name().equals(name))
                .findFirst()
                .orElseThrow(() -> Failure.notFound("alias", name)));
    }

    /** All of them, by name. */
    public Future<List<NamedAlias>> all() {
        return book().map(AliasBook::aliases);
    }

    /** @param total of all aliases. @param version of all aliases together */
    public record Page(List<NamedAlias> items, String nextCursor, long total, long version) {}

    /** One page, by name. Fails with INVALID when the cursor is not one of a page before. */
    public Future<Page> find(int limit, String cursor) {
        String after = NameCursor.read(cursor);
        return book().map(book -> {
            List<NamedAlias> rest = book.aliases().stream()
                    .filter(alias -> alias.name().compareTo(after) > 0)
                    .toList();
            List<NamedAlias> items = rest.subList(0, Math.min(limit, rest.size()));
            String next = items.size() == rest.size()
                    ? null
                    : NameCursor.after(items.get(items.size() - 1).name());
            return new Page(items, next, book.aliases().size(), book.version());
        });
    }

    private static void require(NamedAlias seen, String name, Long version) {
        if (seen == null) {
            throw Failure.notFound("alias", name);
        }
        if (version != null && version != seen.version()) {
            throw new Failure(
                    Failure.Kind.PRECONDITION,
                    "the alias is at version " + seen.version() + ", not at " + version + "; read it again");
        }
    }

    private NamedAlias made(String name, AliasRequest wanted, NamedAlias seen, AliasBook book, String actor) {
        Instant now = clock.instant();
        return NamedAliasBuilder.builder()
                .name(name)
                .version(book.version() + 1)
                .targets(wanted.targets())
                .fallback(wanted.fallback())
                .createdBy(seen == null ? actor : seen.createdBy())
                .updatedBy(actor)
                .createdAt(seen == null ? now : seen.createdAt())
                .updatedAt(now)
                .build();
    }

    private Future<AliasBook> book() {
        return records.get(AliasBook.ID)
                .recover(cause -> isNotFound(cause)
                        ? Future.succeededFuture(AliasBook.empty().withVersion(0))
                        : Future.failedFuture(cause));
    }

    /** The book is made by the first change. */
    private Future<AliasBook> change(UnaryOperator<AliasBook> change) {
        boolean[] there = new boolean[1];
        return records.update(AliasBook.ID, book -> {
                    there[0] = true;
                    return change.apply(book);
                })
                .recover(cause -> isNotFound(cause) && !there[0]
                        ? records.insert(AliasBook.empty())
                                .recover(taken -> Failure.of(taken).kind == Failure.Kind.CONFLICT
                                        ? Future.succeededFuture()
                                        : Future.failedFuture(taken))
                                .compose(made -> records.update(AliasBook.ID, change))
                        : Future.failedFuture(cause));
    }

    private static boolean isNotFound(Throwable cause) {
        return Failure.of(cause).kind == Failure.Kind.NOT_FOUND;
    }
}
