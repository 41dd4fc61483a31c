package io.aiwm.worker.model;

import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes room for contents: what was used least recently goes, and never what a container has, what is pinned or what is
 * being fetched. One decision at a time.
 */
final class ModelRoom {
    private static final Logger log = LoggerFactory.getLogger(ModelRoom.class);
    /** A half content that nothing has gone on with for so long goes in any case. */
    private static final Duration HALF_LIFE = Duration.ofDays(7);

    private static final String ONE = "room";

    private final Vertx vertx;
    private final ContentFiles contents;
    private final ModelTrees trees;
    private final CacheLimit limit;
    private final Holds holds;
    private final Supplier<Future<Map<String, Set<String>>>> users;
    private final KeyedQueue turns = new KeyedQueue();
    /** Bytes that pulls under way will have, by key. */
    private final Map<String, Long> pulling = new HashMap<>();

    /** @param users names of the containers that have each model, by its ref */
    ModelRoom(
            Vertx vertx,
            ContentFiles contents,
            ModelTrees trees,
            CacheLimit limit,
            Holds holds,
            Supplier<Future<Map<String, Set<String>>>> users) {
        this.vertx = vertx;
        this.contents = contents;
        this.trees = trees;
        this.limit = limit;
        this.holds = holds;
        this.users = users;
    }

    /**
     * Makes room for a content, and reserves it until {@link #done}. Succeeds with how many bytes it may have.
     *
     * @param more bytes that are not here yet. @param total -1: not known
     */
    Future<Long> make(String key, String model, long more, long total) {
        return alone(() -> users.get()
                .<Set<String>>transform(used ->
                        Future.succeededFuture(used.succeeded() ? used.result().keySet() : null))
                .compose(used -> vertx.executeBlocking(() -> makeNow(key, model, more, total, used), false)));
    }

    /** The same for all that decides what goes. */
    <T> Future<T> alone(Supplier<Future<T>> work) {
        return turns.take(ONE, work);
    }

    synchronized void done(String key) {
        pulling.remove(key);
    }

    private long makeNow(String key, String model, long more, long total, Set<String> used) throws IOException {
        removeOldHalves();
        List<CacheEviction.Unit> units = units(used);
        long cached = sum(units);
        long free = contents.freeBytes();
        long most = limit.bytes(cached, free);
        CacheEviction.Room room = room(key, most, free);
        // what is here of it already is no unit any more, but takes its place
        long here = Math.max(0, total - more);
        CacheEviction.Plan plan = CacheEviction.plan(units, Math.max(0, more) + here, plus(room, here));
        if (plan.missingBytes() > 0) {
            throw new CommandFailure(new CommandError(
                    ErrorCategory.RESOURCE_EXHAUSTED,
                    "model " + model + " needs " + more + " bytes, " + plan.missingBytes()
                            + " more than this node's cache has room for (" + free + " free on its disk, "
                            + (most == 0 ? "no limit" : "limit " + most) + "; what else is there is in use or pinned)",
                    true));
        }
        for (CacheEviction.Unit unit : plan.evicted()) {
            evict(unit, model);
        }
        synchronized (this) {
            pulling.put(key, Math.max(total, 0));
        }
        return total >= 0 ? total : Math.max(1, most == 0 ? free : Math.min(free, most));
    }

    private static CacheEviction.Room plus(CacheEviction.Room room, long here) {
        return new CacheEviction.Room(room.limitBytes(), room.freeBytes() + here, room.pullingBytes());
    }

    private synchronized CacheEviction.Room room(String key, long most, long free) {
        long others = 0;
        long missing = 0;
        for (Map.Entry<String, Long> one : pulling.entrySet()) {
            if (!one.getKey().equals(key)) {
                others += one.getValue();
                missing += Math.max(0, one.getValue() - sizeOfPart(one.getKey()));
            }
        }
        return new CacheEviction.Room(most, free - missing, others);
    }

    private long sizeOfPart(String key) {
        return contents.part(key).toFile().length();
    }

    private void evict(CacheEviction.Unit unit, String forModel) throws IOException {
        log.info(
                "model cache: {} ({} bytes, last used {}) goes to make room for {}",
                unit.ref(),
                unit.contents().values().stream().mapToLong(Long::longValue).sum(),
                unit.lastUsedAt(),
                forModel);
        remove(unit);
    }

    private void remove(CacheEviction.Unit unit) throws IOException {
        if (unit.ref().startsWith(".part ")) {
            contents.discard(unit.ref().substring(".part ".length()));
            return;
        }
        if (!unit.ref().startsWith(".content ")) {
            int at = unit.ref().indexOf('@');
            trees.delete(
                    at < 0 ? unit.ref() : unit.ref().substring(0, at),
                    at < 0 ? null : unit.ref().substring(at + 1));
        }
        sweep(unit.contents().keySet());
    }

    /** Deletes those of these contents that no model has and nobody needs. */
    void sweep(Set<String> digests) throws IOException {
        var still = new HashSet<String>();
        trees.all().forEach(held -> still.addAll(held.contents().keySet()));
        for (String digest : digests) {
            if (!still.contains(digest) && !holds.has(digest)) {
                contents.delete(digest);
            }
        }
    }

    private void removeOldHalves() throws IOException {
        Instant before = Instant.now().minus(HALF_LIFE);
        for (ContentFiles.Half half : contents.halves()) {
            if (half.changedAt().isBefore(before) && !isPulling(half.key())) {
                log.info("model cache: a half download of {} goes, nobody went on with it", half.model());
                contents.discard(half.key());
            }
        }
    }

    /** @param used null: the engine does not say, so all that is here may be in use */
    private List<CacheEviction.Unit> units(Set<String> used) throws IOException {
        var units = new ArrayList<CacheEviction.Unit>();
        Map<String, Long> orphans = contents.all();
        for (CachedModel held : trees.all()) {
            boolean inUse = used == null || used.contains(held.ref()) || holds.has(held.ref());
            String kept = inUse ? "in use" : held.pinned() ? "pinned" : null;
            units.add(new CacheEviction.Unit(held.ref(), held.contents(), held.lastUsedAt(), kept));
            orphans.keySet().removeAll(held.contents().keySet());
        }
        for (Map.Entry<String, Long> orphan : orphans.entrySet()) {
            String digest = orphan.getKey();
            String kept = holds.has(digest) ? "being fetched" : null;
            units.add(new CacheEviction.Unit(
                    ".content " + digest, Map.of(digest, orphan.getValue()), contents.changedAt(digest), kept));
        }
        for (ContentFiles.Half half : contents.halves()) {
            if (!isPulling(half.key())) {
                String ref = ".part " + half.key();
                units.add(new CacheEviction.Unit(ref, Map.of(ref, half.sizeBytes()), half.changedAt(), null));
            }
        }
        return units;
    }

    private boolean isPulling(String key) {
        return holds.has(".part " + key);
    }

    private static long sum(List<CacheEviction.Unit> units) {
        var sizes = new HashMap<String, Long>();
        units.forEach(unit -> sizes.putAll(unit.contents()));
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }
}
