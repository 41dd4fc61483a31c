package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * One-time tickets that open the event bridge. A browser cannot set a header on a WebSocket, and a token in a URL ends
 * up in logs; a ticket there is worthless a moment later. They are in the store, by their checksum alone, so that every
 * controller on it takes a ticket that any of them gave, and only one of them does. Their clocks count: a controller whose
 * clock is ahead takes a ticket for that much less time.
 */
public final class Tickets {
    public static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection("tickets", List.of(Field.text("name"), Field.number("untilMs")));

    public static final Duration LIFETIME = Duration.ofSeconds(30);
    static final int MOST_OPEN = 10_000;
    static final int MOST_OPEN_OF_ONE = 100;

    private final DocumentStore store;
    private final InstantSource clock;

    /**
     * @param id the checksum of the ticket: who reads the store cannot use it
     * @param name whose it is, and what follows: {@link Principal}
     */
    private record Ticket(
            String id, String name, Role role, String tokenId, Instant expiresAt, long userVersion, long untilMs) {

        static Ticket of(String ticket, Principal owner, Instant until) {
            return new Ticket(
                    Sha256.hex(ticket),
                    owner.name(),
                    owner.role(),
                    owner.tokenId(),
                    owner.expiresAt(),
                    owner.userVersion(),
                    until.toEpochMilli());
        }

        Principal owner() {
            return new Principal(name, role, tokenId, expiresAt, userVersion);
        }
    }

    public Tickets(DocumentStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * A fresh ticket. Fails with LIMITED when the user, or all users together, have too many that are neither used nor
     * expired; those who ask at the same moment may get a few more.
     */
    public Future<String> issue(Principal principal) {
        Instant now = clock.instant();
        var open = new Condition("untilMs", Query.Op.GT, now.toEpochMilli());
        return Future.all(
                        store.count(COLLECTION.name(), List.of(Condition.eq("name", principal.name()), open)),
                        store.count(COLLECTION.name(), List.of(open)))
                .compose(counted -> {
                    if (counted.<Long>resultAt(0) >= MOST_OPEN_OF_ONE) {
                        return refused("you have " + MOST_OPEN_OF_ONE + " tickets that are not used yet");
                    }
                    if (counted.<Long>resultAt(1) >= MOST_OPEN) {
                        return refused("there are " + MOST_OPEN + " tickets that are not used yet");
                    }
                    String ticket = Ids.secret();
                    var made = Ticket.of(ticket, principal, now.plus(LIFETIME));
                    return store.insert(COLLECTION.name(), new DocumentStore.Document(made.id(), 1, Json.encode(made)))
                            .map(ticket);
                });
    }

    private static Future<String> refused(String why) {
        return Future.failedFuture(Failure.limited(
                why + "; use one, or wait " + LIFETIME.toSeconds() + " s until they expire", LIFETIME.toSeconds()));
    }

    /** Who the ticket was given to. Fails with UNAUTHENTICATED when it is unknown, used or too old. */
    Future<Principal> redeem(String ticket) {
        if (ticket == null || ticket.length() != Ids.SECRET_LENGTH) {
            return Future.failedFuture(unknown());
        }
        String id = Sha256.hex(ticket);
        return store.get(COLLECTION.name(), id).compose(found -> {
            if (found == null) {
                return Future.failedFuture(unknown());
            }
            Ticket given = Json.decode(found.json(), Ticket.class);
            // of several that read it, one deletes it: the ticket is that one's
            return store.delete(COLLECTION.name(), id, found.version())
                    .compose(mine -> mine && clock.millis() < given.untilMs()
                            ? Future.succeededFuture(given.owner())
                            : Future.failedFuture(unknown()));
        });
    }

    private static Failure unknown() {
        return new Failure(
                Failure.Kind.UNAUTHENTICATED, "open this with ?ticket= and a fresh ticket of POST /api/auth/ticket");
    }

    /** A sweep: forgets those that nobody used in time. */
    public Future<Void> run() {
        var old = new Condition("untilMs", Query.Op.LTE, clock.millis());
        return store.deleteWhere(COLLECTION.name(), Query.where(old).limit(Query.MAX_LIMIT))
                .mapEmpty();
    }
}
