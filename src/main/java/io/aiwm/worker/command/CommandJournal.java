package io.aiwm.worker.command;

import io.aiwm.protocol.NodeRegister;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker's memory of commands, on disk: what it took in, what it began, what came out. A command whose result the
 * controller has stored stays known for {@link #RETENTION}, so that a late delivery starts nothing. Not safe for several
 * threads: its runner calls it from one context.
 */
public final class CommandJournal {
    /** How long a settled command id is remembered. */
    static final Duration RETENTION = Duration.ofHours(24);
    /** Settled ids kept at most; beyond it those past their deadline go first, which would be refused as expired. */
    static final int MAX_SETTLED = 100_000;
    /** The most running commands and unacknowledged results together; beyond it new commands are refused. */
    static final int MAX_OPEN = NodeRegister.MOST_RESULTS;

    private static final long COMPACT_BYTES = 8L << 20;
    /** So long after a line could not be written, all of the file is written anew: the disk may have room again. */
    private static final Duration REWRITE_AFTER = Duration.ofSeconds(10);

    /** So long after a command was settled, what was asked and what came out is erased from the file, at the latest. */
    private static final Duration ERASE_AFTER = Duration.ofSeconds(5);
    /** A large file is written anew more rarely: it costs this many of its bytes a second, at most. */
    private static final long ERASE_BYTES_PER_MILLI = 200;
    /** Less is no news: readings of two clocks are never of the same moment. */
    private static final Duration CLOCK_SET = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(CommandJournal.class);

    private final JournalFile file;
    private final Clock clock;
    /** What the clock would have shown when the machine was started; null: the system does not say when that was. */
    private final Long zero;

    private final String boot;
    private final Map<String, CommandEntry> open = new LinkedHashMap<>();
    private final Map<String, CommandEntry> settled = new LinkedHashMap<>();
    private long compactAt = Long.MAX_VALUE;
    /** When the file is to be made like the memory again; MAX_VALUE while it is. */
    private volatile long rewriteAtMs = Long.MAX_VALUE;
    /** When what settled commands were given is to leave the file; MAX_VALUE while nothing of it is there. */
    private long eraseAtMs = Long.MAX_VALUE;

    private CommandJournal(JournalFile file, Clock clock, BootTime boot) {
        this.file = file;
        this.clock = clock;
        this.boot = boot == null ? null : boot.id();
        this.zero = boot == null ? null : Long.valueOf(clock.millis() - boot.upMillis());
    }

    /** Reads the journal in this directory, or begins one. Fails when another worker uses it. */
    public static Future<CommandJournal> open(Vertx vertx, Path directory, Clock clock) {
        return open(vertx, directory, clock, BootTime::read);
    }

    /** @param boot read once; may say null */
    static Future<CommandJournal> open(Vertx vertx, Path directory, Clock clock, Supplier<BootTime> boot) {
        return vertx.executeBlocking(() -> {
                    var file = new JournalFile(vertx, directory.resolve("commands.jsonl"));
                    var journal = new CommandJournal(file, clock, boot.get());
                    journal.load();
                    return journal;
                })
                .compose(journal -> journal.compact().map(journal));
    }

    /** Returns null for an unknown or forgotten id. */
    CommandEntry find(String id) {
        CommandEntry entry = open.get(id);
        return entry == null ? settled.get(id) : entry;
    }

    /** Everything at work or waiting for the controller, oldest first. */
    List<CommandEntry> openEntries() {
        return List.copyOf(open.values());
    }

    boolean isFull() {
        return open.size() >= MAX_OPEN;
    }

    /** Succeeds when the command is on disk. A failure leaves no trace. */
    Future<Void> received(CommandEntry entry) {
        return record(entry, true).onFailure(cause -> open.remove(entry.id()));
    }

    void started(CommandEntry entry) {
        record(entry, false);
    }

    /** So that a restart does not begin again what was to be cancelled. */
    void cancelRequested(CommandEntry entry) {
        open.put(entry.id(), entry.cancelRequested());
        append(entry.cancelLine(), false);
    }

    /** Succeeds when the result is on disk; it is known from now on either way. */
    Future<Void> finished(CommandEntry entry) {
        return record(entry, true);
    }

    /** The controller has the result: only the id stays, in the file too once {@link #ERASE_AFTER} has passed. */
    void settled(CommandEntry entry) {
        remember(entry.settled(clock.millis()));
        if (eraseAtMs == Long.MAX_VALUE) {
            eraseAtMs = clock.millis() + ERASE_AFTER.toMillis() + file.size() / ERASE_BYTES_PER_MILLI;
        }
    }

    void refused(CommandEntry entry) {
        remember(entry);
    }

    /**
     * Forgets what is past its retention, and rewrites the file when it has grown or contains obsolete lines. To be
     * called now and then.
     */
    void sweep() {
        long now = clock.millis();
        settled.values().removeIf(entry -> entry.at() + RETENTION.toMillis() < now);
        if (settled.size() > MAX_SETTLED) {
            settled.values().removeIf(entry -> entry.deadline() < now);
        }
        var oldest = settled.keySet().iterator();
        for (int excess = settled.size() - MAX_SETTLED; excess > 0; excess--) {
            oldest.next();
            oldest.remove();
        }
        if (file.size() > compactAt || now >= rewriteAtMs || now >= eraseAtMs) {
            compactAt = Long.MAX_VALUE;
            rewriteAtMs = Long.MAX_VALUE;
            eraseAtMs = Long.MAX_VALUE;
            compact().onFailure(cause -> {
                log.warn("the command journal could not be written anew: {}", cause.toString());
                rewriteLater();
            });
        }
    }

    public Future<Void> close() {
        return file.close();
    }

    private Future<Void> record(CommandEntry entry, boolean durable) {
        open.put(entry.id(), entry);
        return append(entry.line(), durable);
    }

    /** A line that is lost is known in memory all the same: the next rewrite has it. */
    private Future<Void> append(String line, boolean durable) {
        return file.append(line, durable).onFailure(lost -> rewriteLater());
    }

    private void rewriteLater() {
        rewriteAtMs = clock.millis() + REWRITE_AFTER.toMillis();
    }

    private void remember(CommandEntry entry) {
        open.remove(entry.id());
        settled.put(entry.id(), entry);
        // lost with the power at worst: then the result is offered, or the command refused, once more
        append(entry.line(), false);
    }

    private Future<Void> compact() {
        var entries = new ArrayList<CommandEntry>(settled.values());
        entries.addAll(open.values());
        return file.rewrite(() -> Stream.concat(
                                zero == null ? Stream.empty() : Stream.of(header()),
                                entries.stream().flatMap(entry -> entry.lines().stream()))
                        .toList())
                .onComplete(done -> compactAt = Math.max(COMPACT_BYTES, 2 * file.size()));
    }

    /** Which clock the times in the file were read from. */
    private String header() {
        return new JsonObject().put("boot", boot).put("zeroMs", zero).encode();
    }

    /** How much later this clock shows the same moment than the one of that header: it was set since, or another is read. */
    private long setBy(JsonObject header) {
        long by = zero != null && header.getString("boot").equals(boot) ? zero - header.getLong("zeroMs") : 0;
        if (Math.abs(by) <= CLOCK_SET.toMillis()) {
            return 0;
        }
        log.warn("the clock was set by {} s since the last start: commands keep the time they have left", by / 1_000);
        return by;
    }

    private void load() {
        int unreadable = 0;
        long setBy = 0;
        try {
            for (String line : file.lines()) {
                try {
                    var json = new JsonObject(line);
                    if (json.containsKey("boot")) {
                        setBy = setBy(json);
                    } else {
                        apply(json, setBy);
                    }
                } catch (DecodeException | IllegalArgumentException | NullPointerException | ClassCastException e) {
                    unreadable++;
                }
            }
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
        if (unreadable > 0) {
            log.error("{} lines of the command journal could not be read and were left out", unreadable);
        }
        sweep();
    }

    private void apply(JsonObject line, long setBy) {
        if (setBy != 0 && line.containsKey("deadline")) {
            line.put("at", line.getLong("at") + setBy).put("deadline", line.getLong("deadline") + setBy);
        }
        CommandEntry entry = CommandEntry.read(line, open.get(line.getString("id")));
        if (entry == null) {
            return;
        }
        boolean done = entry.state() == CommandEntry.State.SETTLED || entry.state() == CommandEntry.State.REFUSED;
        if (done) {
            open.remove(entry.id());
            settled.put(entry.id(), entry);
        } else {
            // keeps its place: what came first is taken up first
            open.put(entry.id(), entry);
        }
    }
}
