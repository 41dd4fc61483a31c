package io.aiwm.controller.eventlog;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Which events a reader wants, and which of these it may see. */
public final class EventFilter {
    /** Only administrators see these. */
    private static final String OF_ADMINISTRATORS = "audit.";

    private static final Pattern GLOB = Pattern.compile("[A-Za-z0-9.*_-]{1,100}");
    private static final int MOST = 50;
    /** What events can be about, as docs/events.md lists it; {@code events} is the log itself. */
    private static final List<String> KINDS = List.of(
            "node",
            "deployment",
            "execution",
            "job",
            "model",
            "agent",
            "instruction",
            "tool",
            "conversation",
            "approval",
            "audit",
            "events");

    private final List<Predicate<String>> types;
    private final List<String> kinds;
    private final List<String> resources;
    private final Severity least;
    private final String user;
    /** Null: whoever has or had the name. */
    private final Instant since;

    private final boolean administrator;

    private EventFilter(Wanted wanted, Principal reader, Instant since) {
        this.types = wanted.types().stream().map(EventFilter::glob).toList();
        this.kinds = List.copyOf(wanted.kinds());
        this.resources = List.copyOf(wanted.resources());
        this.least = severity(wanted.severity());
        this.user = reader.name();
        this.since = since;
        this.administrator = reader.role().includes(Role.ADMIN);
    }

    /**
     * @param types with {@code *} for any text; a type without it also means all that begin with it and a dot. Empty: all
     * @param kinds of records; empty: all
     * @param resources ids of records; empty: all
     * @param severity the least; null: any
     */
    public record Wanted(List<String> types, List<String> kinds, List<String> resources, String severity) {}

    /** For readers that no event belongs to. Fails with INVALID that names the parameter. */
    public static EventFilter of(Wanted wanted, Principal reader) {
        return of(wanted, reader, null);
    }

    /**
     * Fails with INVALID that names the parameter.
     *
     * @param since when the reader's user was made: what an earlier user of the name did is not theirs
     */
    public static EventFilter of(Wanted wanted, Principal reader, Instant since) {
        if (wanted.types().size() > MOST) {
            throw Failure.invalid("query:type", "may be given " + MOST + " times at most");
        }
        if (wanted.kinds().size() > MOST) {
            throw Failure.invalid("query:kind", "may be given " + MOST + " times at most");
        }
        if (!KINDS.containsAll(wanted.kinds())) {
            throw Failure.invalid("query:kind", "is one of " + String.join(", ", KINDS));
        }
        if (wanted.resources().size() > MOST) {
            throw Failure.invalid("query:resource", "may be given " + MOST + " times at most");
        }
        return new EventFilter(wanted, reader, since);
    }

    private static Severity severity(String word) {
        for (Severity each : Severity.values()) {
            if (each.word().equals(word)) {
                return each;
            }
        }
        if (word == null) {
            return Severity.INFO;
        }
        throw Failure.invalid("query:severity", "is info, warning or error");
    }

    private static Predicate<String> glob(String text) {
        if (!GLOB.matcher(text).matches()) {
            throw Failure.invalid("query:type", "is a type such as execution.failed, or a pattern such as execution.*");
        }
        if (text.indexOf('*') < 0) {
            return type -> type.equals(text) || type.startsWith(text + ".");
        }
        List<String> parts = List.of(text.split("\\*", -1));
        return type -> fits(type, parts);
    }

    /** Without a regular expression: a pattern of many stars must not cost time. */
    private static boolean fits(String type, List<String> parts) {
        String last = parts.get(parts.size() - 1);
        int at = parts.get(0).length();
        if (!type.startsWith(parts.get(0)) || !type.endsWith(last)) {
            return false;
        }
        for (String part : parts.subList(1, parts.size() - 1)) {
            int found = type.indexOf(part, at);
            if (found < 0) {
                return false;
            }
            at = found + part.length();
        }
        return at <= type.length() - last.length();
    }

    /** Whether the reader wants the event and may see it. */
    public boolean takes(ClusterEvent event) {
        return mayBeSeen(event)
                && event.severity().compareTo(least) >= 0
                && (kinds.isEmpty() || (event.kind() != null && kinds.contains(event.kind())))
                && (resources.isEmpty() || (event.resourceId() != null && resources.contains(event.resourceId())))
                && (types.isEmpty() || types.stream().anyMatch(type -> type.test(event.type())));
    }

    private boolean mayBeSeen(ClusterEvent event) {
        return administrator
                || (!event.type().startsWith(OF_ADMINISTRATORS)
                        && (event.owner() == null || (event.owner().equals(user) && isOfThisUser(event))));
    }

    private boolean isOfThisUser(ClusterEvent event) {
        return since == null || !Instant.parse(event.json().getString("at")).isBefore(since);
    }
}
