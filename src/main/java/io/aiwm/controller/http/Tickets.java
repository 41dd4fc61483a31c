package io.aiwm.controller.http;

import io.aiwm.controller.auth.Principal;
import io.aiwm.protocol.Ids;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One-time tickets that open the event bridge. A browser cannot set a header on a WebSocket, and a token in a URL ends
 * up in logs; a ticket there is worthless a moment later. Kept in this controller's memory: the WebSocket must reach the
 * controller that gave the ticket.
 */
public final class Tickets {
    static final Duration LIFETIME = Duration.ofSeconds(30);
    private static final int MOST_OPEN = 10_000;

    private final InstantSource clock;
    private final Map<String, Ticket> open = new LinkedHashMap<>();

    private record Ticket(Principal principal, Instant until) {}

    public Tickets(InstantSource clock) {
        this.clock = clock;
    }

    synchronized String issue(Principal principal) {
        Instant now = clock.instant();
        open.values().removeIf(ticket -> !now.isBefore(ticket.until));
        if (open.size() >= MOST_OPEN) {
            open.remove(open.keySet().iterator().next());
        }
        String ticket = Ids.secret();
        open.put(ticket, new Ticket(principal, now.plus(LIFETIME)));
        return ticket;
    }

    /** Who the ticket was given to; null when it is unknown, used or too old. */
    synchronized Principal redeem(String ticket) {
        Ticket found = ticket == null ? null : open.remove(ticket);
        return found == null || !clock.instant().isBefore(found.until) ? null : found.principal;
    }
}
