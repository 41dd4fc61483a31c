package io.aiwm.controller.node;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.seal.Hkdf;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This controller's proof, in the store, that it lives, and its look at the others' proofs: what {@link ControllerPresence}
 * judges by. Does nothing where there is only one controller.
 */
public final class Controllers {
    private static final Logger LOG = LoggerFactory.getLogger(Controllers.class);

    /** A proof may be as old as the time between two looks, and seems older by it. */
    private static final Duration CLOCKS_AGREE = Duration.ofSeconds(15);

    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection("controllers", List.of());

    /**
     * One controller. Only that its version changes counts.
     *
     * @param place where it is, for people
     * @param beatAt by its own clock, for people and to tell that clocks differ
     * @param tokenKey by which two keys that sign tokens are told apart; says nothing of the key
     */
    record Controller(String id, long version, String place, Instant startedAt, Instant beatAt, String tokenKey) {
        Controller withVersion(long next) {
            return new Controller(id, next, place, startedAt, beatAt, tokenKey);
        }

        Controller beat(Instant now) {
            return new Controller(id, version, place, startedAt, now, tokenKey);
        }
    }

    private final Records<Controller> records;
    private final ControllerPresence presence;
    private final InstantSource clock;
    private final Controller self;
    private final Map<String, Long> seen = new ConcurrentHashMap<>();
    private final Map<String, Duration> ahead = new ConcurrentHashMap<>();
    private final Set<String> named = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    public Controllers(
            DocumentStore store,
            ControllerPresence presence,
            InstantSource clock,
            String controllerId,
            Config config,
            String tokenKeys) {
        this(
                store,
                presence,
                clock,
                controllerId,
                "http://" + config.http().host() + ":" + config.http().port() + " on "
                        + config.worker().hostname(),
                print(tokenKeys));
    }

    /** @param place where this controller is, for people. @param tokenKey see {@link Controller} */
    Controllers(
            DocumentStore store,
            ControllerPresence presence,
            InstantSource clock,
            String controllerId,
            String place,
            String tokenKey) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                Controller.class,
                Records.Shape.of(Controller::id, Controller::version, Controller::withVersion),
                kept -> true,
                false);
        this.presence = presence;
        this.clock = clock;
        this.self = new Controller(controllerId, 1, place, clock.instant(), clock.instant(), tokenKey);
    }

    private static String print(String tokenKeys) {
        byte[] derived = Hkdf.derive(tokenKeys.getBytes(StandardCharsets.UTF_8), new byte[0], "aiwm token key print");
        return Sha256.hex(derived).substring(0, 16);
    }

    /** A sweep, to be run every {@link ControllerPresence#every}, and once before this controller takes any node. */
    public Future<Void> run() {
        return presence.isAlone() || closed
                ? Future.succeededFuture()
                : Future.join(beat(), look()).mapEmpty();
    }

    /** Ids of the other controllers that live. */
    public Set<String> others() {
        Set<String> all = presence.living();
        all.remove(self.id());
        return all;
    }

    /** Of each other controller that lives and whose clock is not this one's: by how much this one is ahead. */
    public Map<String, Duration> clocksOff() {
        var off = new TreeMap<String, Duration>(ahead);
        off.entrySet()
                .removeIf(other ->
                        other.getValue().abs().compareTo(CLOCKS_AGREE) <= 0 || !presence.lives(other.getKey()));
        return off;
    }

    /** A clean stop: from the next look of each other controller on, the nodes of this one are theirs to judge. */
    public Future<Void> close() {
        closed = true;
        return presence.isAlone()
                ? Future.succeededFuture()
                : records.delete(self.id()).mapEmpty();
    }

    /** Another controller may have taken this one for dead for so long that it deleted the record: then it is made anew. */
    private Future<Void> beat() {
        return records.update(self.id(), seen -> seen.beat(clock.instant()))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? records.insert(self.beat(clock.instant()))
                        : Future.failedFuture(cause))
                .compose(beaten -> closed ? close() : Future.succeededFuture());
    }

    private Future<Void> look() {
        long began = presence.now();
        var found = new HashMap<String, Controller>();
        return pages(Query.all(), found).compose(read -> {
            var versions = new HashMap<String, Long>();
            found.forEach((id, one) -> versions.put(id, one.version()));
            seen.keySet().retainAll(found.keySet());
            ahead.keySet().retainAll(found.keySet());
            found.values().forEach(this::compare);
            return forget(presence.looked(versions, began), found);
        });
    }

    /** Controllers with different token keys take each other's users and nodes for strangers, and do not hear each other. */
    private void compare(Controller other) {
        Long before = seen.put(other.id(), other.version());
        boolean lives = before != null && before < other.version();
        if (lives) {
            ahead.put(other.id(), Duration.between(other.beatAt(), clock.instant()));
        }
        if (lives && !Objects.equals(other.tokenKey(), self.tokenKey()) && named.add(other.id())) {
            LOG.error(
                    "controller {} ({}) keeps the same database and signs tokens with another key: give all controllers"
                            + " the same auth.jwtKey (AIWM_JWT_KEY_FILE) and auth.signingKey, and start them again",
                    other.id(),
                    other.place());
        }
    }

    private Future<Void> pages(Query query, Map<String, Controller> found) {
        return records.find(query).compose(page -> {
            page.items().forEach(one -> found.put(one.id(), one));
            return page.nextCursor() == null ? Future.succeededFuture() : pages(query.after(page.nextCursor()), found);
        });
    }

    /** Only as they were read: one that beats again at this moment stays. */
    private Future<Void> forget(Set<String> old, Map<String, Controller> found) {
        var deletions = new ArrayList<Future<?>>();
        for (String id : old) {
            if (!id.equals(self.id())) {
                deletions.add(records.delete(found.get(id))
                        .onSuccess(done -> LOG.info(
                                "controller {} ({}) is gone", id, found.get(id).place())));
            }
        }
        return Future.join(deletions).mapEmpty();
    }
}
