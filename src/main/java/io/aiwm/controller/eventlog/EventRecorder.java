package io.aiwm.controller.eventlog;

import io.aiwm.common.Json;
import io.aiwm.controller.change.BatchConsumer;
import io.aiwm.controller.store.Change;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes the notes of changes to the log of all events, in the order of the feed. Changes that the feed tells again after a kill
 * are recognized by the versions that the newest blocks name, so each event is in the log once; only a count of folded events may
 * count a change twice.
 */
public final class EventRecorder implements BatchConsumer {
    /** The feed goes back by less than this after a kill, MongoDB's by the longest. */
    private static final Duration TOLD_AGAIN = Duration.ofMinutes(3);

    private static final String OF_JOBS = EventNote.BEGINS + "job.";
    private static final int BLOCKS_AT_ONCE = 20;
    private static final int MOST_KNOWN = 50_000;

    private final EventBlocks blocks;
    private final Map<String, String> kinds;
    private final Set<String> withDeletions;
    private final Folding folding;
    private final InstantSource clock;
    private Runnable appended = () -> {};
    /** The newest revision; -1: to be read. Used by one caller at a time, as what follows. */
    private long head = -1;

    /**
     * What may be told again: the newest version of each record that the log has, 0 of one that was deleted. Empty long after a
     * start or a failure.
     */
    private final Map<String, Long> told = new HashMap<>();

    /** Versions that the log has of records before their deletion: another record may begin with version 1 under the same id. */
    private final Map<String, Set<Long>> ended = new HashMap<>();

    /** Of records whose deletions are events. */
    private final RecordNames names = new RecordNames();

    private long readNanos;

    /**
     * @param kinds what records of each collection are called in events
     * @param withDeletions collections of which each deletion is an event
     */
    public EventRecorder(
            EventBlocks blocks,
            Map<String, String> kinds,
            Set<String> withDeletions,
            int routinePerSecond,
            InstantSource clock) {
        this.blocks = blocks;
        this.kinds = Map.copyOf(kinds);
        this.withDeletions = Set.copyOf(withDeletions);
        this.folding = new Folding(routinePerSecond, System::nanoTime);
        this.clock = clock;
    }

    /** Calls back after each block that is in the store, on any thread. Set once, before the feed starts. */
    public void onAppended(Runnable listener) {
        appended = listener;
    }

    @Override
    public String name() {
        return "events";
    }

    @Override
    public Set<String> collections() {
        return kinds.keySet();
    }

    @Override
    public boolean wants(Change change) {
        return change.deleted()
                ? withDeletions.contains(change.collection())
                : !change.notes().isEmpty();
    }

    @Override
    public Future<?> changed(List<Change> changes) {
        return placed().compose(placed -> {
            var events = new ArrayList<String>();
            changes.forEach(change -> take(change, events));
            for (Folding.Count each : folding.counted()) {
                events.add(begun("events@" + (head + 1 + events.size()), head + 1 + events.size())
                        + new JsonObject()
                                .put(
                                        "kind",
                                        each.type().substring(0, each.type().indexOf('.')))
                                .put("type", each.type())
                                .put("at", clock.instant().toString())
                                .put("count", each.count())
                                .put("text", each.count() + " more, which are not told one by one")
                                .encode()
                                .substring(1));
            }
            return append(events);
        });
    }

    private void take(Change change, List<String> events) {
        boolean isNew = isNew(change);
        if (isNew) {
            add(change, events);
        }
        if (change.deleted() && !told.isEmpty()) {
            // what comes after this is of another record with the same id
            ended.remove(recordOf(change));
            if (isNew) {
                told.remove(recordOf(change));
            }
        }
    }

    private boolean isNew(Change change) {
        if (told.isEmpty()) {
            return true;
        }
        String record = recordOf(change);
        Long newest = told.get(record);
        return newest == null
                || (newest < change.version()
                        && !ended.getOrDefault(record, Set.of()).contains(change.version()));
    }

    private static String recordOf(Change change) {
        return change.collection() + "/" + change.id();
    }

    private void add(Change change, List<String> events) {
        List<String> notes = change.deleted()
                ? List.of(EventNote.of(kinds.get(change.collection()) + ".deleted", clock.instant())
                        .name(names.forget(recordOf(change)))
                        .note())
                : change.notes();
        if (!change.deleted() && withDeletions.contains(change.collection())) {
            notes.forEach(note -> names.tell(recordOf(change), note));
        }
        for (int i = 0; i < notes.size(); i++) {
            String note = notes.get(i);
            if (folding.tells(note)) {
                long revision = head + 1 + events.size();
                events.add(begun(idOf(change, i, revision), revision)
                        + "\"kind\":\"" + kind(change, note) + "\",\"resourceId\":"
                        + Json.encode(change.id()) + "," + note.substring(1));
            }
        }
    }

    /** The revision tells it from an event of an earlier record with the same id, whose versions began with 1, too. */
    private static String idOf(Change change, int note, long revision) {
        return change.entryId() + "." + note + "." + revision;
    }

    /** Jobs are executions, and people look for jobs. */
    private String kind(Change change, String note) {
        return note.startsWith(OF_JOBS) ? "job" : kinds.get(change.collection());
    }

    private static String begun(String id, long revision) {
        return "{\"revision\":" + revision + ",\"id\":" + Json.encode(id) + ",";
    }

    private Future<Void> append(List<String> events) {
        if (events.isEmpty()) {
            return Future.succeededFuture();
        }
        long before = head;
        return blocks.append(before + 1, events)
                .onSuccess(done -> {
                    if (head == before) {
                        head = before + events.size();
                    }
                    appended.run();
                })
                // it may be in the store, or another controller's is
                .onFailure(cause -> again());
    }

    @Override
    public void again() {
        head = -1;
    }

    private Future<Void> placed() {
        if (head >= 0) {
            if (System.nanoTime() - readNanos > TOLD_AGAIN.toNanos()) {
                told.clear();
                ended.clear();
            }
            return Future.succeededFuture();
        }
        told.clear();
        ended.clear();
        readNanos = System.nanoTime();
        return known(Long.MAX_VALUE, null).mapEmpty();
    }

    /** Reads which versions the newest blocks name. */
    private Future<Void> known(long before, Instant newest) {
        return blocks.newest(before, BLOCKS_AT_ONCE).compose(page -> {
            if (newest == null) {
                head = page.isEmpty() ? 0 : page.get(0).last();
            }
            Instant end = newest == null && !page.isEmpty() ? page.get(0).createdAt() : newest;
            for (EventBlocks.Block block : page) {
                for (int i = block.events().size() - 1; i >= 0; i--) {
                    know(block.events().get(i));
                }
            }
            boolean enough = page.size() < BLOCKS_AT_ONCE
                    || told.size() >= MOST_KNOWN
                    || page.get(page.size() - 1).createdAt().isBefore(end.minus(TOLD_AGAIN));
            if (enough) {
                return Future.succeededFuture();
            }
            return known(page.get(page.size() - 1).first(), end);
        });
    }

    /** Called with the newest event first. */
    private void know(ClusterEvent event) {
        String id = event.json().getString("id");
        int at = id.lastIndexOf('@');
        int dot = id.indexOf('.', at);
        if (dot < 0) {
            return; // it tells of no single change
        }
        String record = id.substring(0, at);
        long version = Long.parseLong(id.substring(at + 1, dot));
        boolean isDeletion = event.type().equals(event.kind() + ".deleted");
        if (isDeletion || ended.containsKey(record)) {
            ended.computeIfAbsent(record, first -> new HashSet<>()).add(version);
        }
        told.putIfAbsent(record, isDeletion ? 0L : version);
        if (withDeletions.contains(record.substring(0, record.indexOf('/')))) {
            names.tellEarlier(record, event.json().getString("name"));
        }
    }

    /** Events cannot be made from records. Where there were any before, some may be missing, and the log says so. */
    @Override
    public Future<?> resync() {
        return placed().compose(placed -> {
            if (head == 0) {
                return Future.succeededFuture();
            }
            String note = EventNote.of("events.missing", clock.instant())
                    .warning()
                    .text("changes were dropped before they could be told; read the records")
                    .note();
            String event = begun("events@" + (head + 1), head + 1) + "\"kind\":\"events\"," + note.substring(1);
            return append(List.of(event));
        });
    }
}
