package io.aiwm.controller.store;

import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Writes records of one type as documents and reads them. A document that cannot be read is logged and noted in {@link
 * UnreadableRecords}.
 */
final class RecordDocuments<T> {
    private static final int FIRST_LOOK = 32;

    final DocumentStore store;
    final String collection;
    final Records.Shape<T> shape;
    private final Class<T> type;
    private final UnreadableRecords unreadable;
    private final RateLimitedLog troubles;

    RecordDocuments(DocumentStore store, String collection, Class<T> type, Records.Shape<T> shape, Logger log) {
        this.store = store;
        this.collection = collection;
        this.type = type;
        this.shape = shape;
        this.unreadable = store.unreadable();
        this.troubles = RateLimitedLog.troubles(log, Level.ERROR);
    }

    Future<Void> insert(T record, List<String> notes) {
        return store.insert(collection, document(record).noting(notes));
    }

    /** As {@link DocumentStore#replaceIf}; a record that cannot be encoded fails the future. */
    Future<Boolean> replaceIf(T record, List<String> notes) {
        return Future.succeededFuture(record)
                .compose(next -> store.replaceIf(collection, document(next).noting(notes)));
    }

    /** Fails with NOT_FOUND, or with INTERNAL when the record cannot be read. */
    Future<T> get(String id) {
        return store.get(collection, id).map(document -> {
            if (document == null) {
                throw Failure.notFound(singular(), id);
            }
            return read(document);
        });
    }

    /** @param read returns the record of a document; where it fails, the page names the record as unreadable */
    Future<Records.Page<T>> find(Query query, Function<DocumentStore.Document, T> read) {
        return store.find(collection, query).map(page -> {
            var items = new ArrayList<T>(page.documents().size());
            var unread = new ArrayList<String>(0);
            for (DocumentStore.Document document : page.documents()) {
                try {
                    items.add(read.apply(document));
                } catch (Failure named) {
                    unread.add(document.id());
                }
            }
            return new Records.Page<>(items, page.nextCursor(), unread);
        });
    }

    /** The same, with less than was asked for where records are large: a page ends with the look at the store that reaches this size. */
    Future<Records.Page<T>> page(Query query, int mostChars) {
        var all = new Records.Page<T>(new ArrayList<>(), query.cursor(), new ArrayList<>());
        return more(query, all, mostChars, 0);
    }

    private Future<Records.Page<T>> more(Query query, Records.Page<T> before, int mostChars, long chars) {
        int taken = before.items().size() + before.unreadable().size();
        int left = query.limit() - taken;
        int look = taken == 0 ? FIRST_LOOK : (int) Math.max(1, (mostChars - chars) / Math.max(1, chars / taken));
        var sum = new long[] {chars};
        return find(query.limit(Math.min(left, look)).after(before.nextCursor()), document -> {
                    sum[0] += document.json().length();
                    return read(document);
                })
                .compose(next -> {
                    before.items().addAll(next.items());
                    before.unreadable().addAll(next.unreadable());
                    var all = new Records.Page<>(before.items(), next.nextCursor(), before.unreadable());
                    boolean end = next.nextCursor() == null
                            || sum[0] >= mostChars
                            || all.items().size() + all.unreadable().size() >= query.limit();
                    return end ? Future.succeededFuture(all) : more(query, all, mostChars, sum[0]);
                });
    }

    private DocumentStore.Document document(T record) {
        return store.encode(collection, shape.id(record), shape.version(record), record);
    }

    /** Fails with INTERNAL when the document is not one of this type. */
    T read(DocumentStore.Document document) {
        try {
            T record = Objects.requireNonNull(store.decode(document, type));
            if (record instanceof ValidatedRecord checked) {
                checked.check();
            }
            unreadable.over(collection, document.id());
            return record;
        } catch (RuntimeException cause) {
            String text = singular() + " " + document.id() + " cannot be read and is left out";
            trouble(text, document.id(), document.version(), cause);
            unreadable.found(collection, document.id());
            throw new Failure(Failure.Kind.INTERNAL, singular() + " " + document.id() + " cannot be read");
        }
    }

    void trouble(String text, String id, long version, RuntimeException cause) {
        troubles.trouble(id, "version " + version, text, cause);
    }

    /** Forgets that the record could not be read: it is deleted. */
    void deleted(String id) {
        unreadable.over(collection, id);
    }

    /** Returns the word for one record in messages. */
    String singular() {
        return collection.endsWith("s") ? collection.substring(0, collection.length() - 1) : collection;
    }
}
