package io.aiwm.controller.store.mongo;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.ChangeReader;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads {@link MongoChanges}, each collection separately. Its position is an object with one time per collection, up to which
 * all changes were returned.
 */
final class MongoChangeReader implements ChangeReader {
    private final List<MongoChangeTrack> tracks = new ArrayList<>();
    private int turn;

    MongoChangeReader(MongoChanges changes, Set<String> collections, String position) {
        for (String collection : collections) {
            tracks.add(new MongoChangeTrack(changes, collection, position == null ? -1 : time(position, collection)));
        }
    }

    /** Fails with INVALID when the text is not a position. */
    static long time(String position, String collection) {
        try {
            return new JsonObject(position).getLong(collection, 0L);
        } catch (DecodeException | ClassCastException foreign) {
            throw Failure.invalid("the position is not one of this store");
        }
    }

    /** Reads the collections in turn, so that a busy one does not delay the others. */
    @Override
    public Future<Batch> next(int limit) {
        return next(limit, tracks.size());
    }

    private Future<Batch> next(int limit, int left) {
        MongoChangeTrack track = tracks.get(turn);
        turn = (turn + 1) % tracks.size();
        return track.next(limit).compose(batch -> {
            if (batch.lost()) {
                return toNow().map(Batch.LOST);
            }
            return batch.changes().isEmpty() && left > 1
                    ? next(limit, left - 1)
                    : Future.succeededFuture(new Batch(
                            batch.changes(), batch.more() || (!batch.changes().isEmpty() && left > 1), false));
        });
    }

    private Future<Void> toNow() {
        Future<Void> done = Future.succeededFuture();
        for (MongoChangeTrack track : tracks) {
            done = done.compose(before -> track.toNow());
        }
        return done;
    }

    @Override
    public String position() {
        JsonObject position = new JsonObject();
        for (MongoChangeTrack track : tracks) {
            if (track.settled() < 0) {
                return null;
            }
            position.put(track.collection(), track.settled());
        }
        return position.encode();
    }
}
