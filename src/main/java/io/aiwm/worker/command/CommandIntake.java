package io.aiwm.worker.command;

import io.aiwm.protocol.Envelope;
import io.vertx.core.AsyncResult;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes commands in: answers each delivery, records a command before it is accepted, and refuses one that came too late or
 * finds no room. Used on the runner's context only.
 */
final class CommandIntake {
    /** Commands that wait for a free place; beyond it they are refused, for the controller to place elsewhere. */
    static final int MAX_QUEUED = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(CommandIntake.class);

    private final CommandJournal journal;
    private final DeliveryReplies replies;
    private final Clock clock;
    private final Consumer<Runnable> context;
    private final IntSupplier queued;
    private final Consumer<CommandEntry> accepted;
    private final Set<String> recording = new HashSet<>();

    /**
     * @param context runs a task on the runner's context
     * @param queued how many commands wait for a free place
     * @param accepted takes each command that is on disk now and has not ended
     */
    CommandIntake(
            CommandJournal journal,
            DeliveryReplies replies,
            Clock clock,
            Consumer<Runnable> context,
            IntSupplier queued,
            Consumer<CommandEntry> accepted) {
        this.journal = journal;
        this.replies = replies;
        this.clock = clock;
        this.context = context;
        this.queued = queued;
        this.accepted = accepted;
    }

    /** @param draining nothing new is taken; there is no answer, so that it comes again and finds the next process */
    void take(Envelope envelope, boolean draining) {
        long now = clock.millis();
        String id = envelope.commandId();
        CommandEntry known = journal.find(id);
        if (known != null) {
            // one on its way to the disk is answered when it is there
            if (!recording.contains(id)) {
                replies.again(known, now);
            }
            return;
        }
        if (draining) {
            return;
        }
        long deadline = CommandDeadline.of(envelope.data(), now);
        if (now >= deadline) {
            replies.refused(id, "expired: it came after its deadline");
            return;
        }
        String refusal = refusal();
        if (refusal != null) {
            journal.refused(CommandEntry.refused(id, now, deadline, refusal));
            replies.refused(id, refusal);
            return;
        }
        recording.add(id);
        journal.received(CommandEntry.received(id, envelope.type(), envelope.data(), now, deadline))
                .onComplete(stored -> context.accept(() -> recorded(id, stored)));
    }

    private String refusal() {
        if (queued.getAsInt() + recording.size() >= MAX_QUEUED) {
            return "queue full: " + MAX_QUEUED + " commands wait already";
        }
        return journal.isFull() ? "journal full: too many results wait for the controller" : null;
    }

    private void recorded(String id, AsyncResult<Void> stored) {
        recording.remove(id);
        if (stored.failed()) {
            LOG.error("command {} cannot be recorded: {}", id, stored.cause().toString());
            replies.refused(id, "disk full or not writable: the command cannot be recorded");
            return;
        }
        replies.accepted(id);
        CommandEntry entry = journal.find(id);
        if (entry != null && entry.state() == CommandEntry.State.RECEIVED) {
            accepted.accept(entry);
        }
    }
}
