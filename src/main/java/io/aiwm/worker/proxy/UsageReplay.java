package io.aiwm.worker.proxy;

import io.aiwm.common.Json;
import io.aiwm.common.Monotonic;
import io.aiwm.protocol.ProxyUsage;
import io.aiwm.protocol.ProxyUsageAck;
import io.aiwm.worker.command.Uplink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what the journal keeps, one batch at a time: the next one when the one before is counted, so that a controller which
 * remembers the last sequence knows all of them. Safe to use from any thread.
 */
final class UsageReplay {
    private static final long AGAIN_MS = 10_000;

    private static final Logger log = LoggerFactory.getLogger(UsageReplay.class);

    private final UsageJournal journal;
    private final Uplink uplink;
    private UsageFolder.Batch sent;
    private long sentAt;
    private boolean reading;

    UsageReplay(UsageJournal journal, Uplink uplink) {
        this.journal = journal;
        this.uplink = uplink;
    }

    /** To be called every second: sends what is new, and again what was not acknowledged. */
    synchronized void tick() {
        if (sent == null) {
            next();
        } else if (Monotonic.millis() - sentAt > AGAIN_MS) {
            send();
        }
    }

    /** What was sent before may be lost. */
    synchronized void sessionBegan() {
        if (sent == null) {
            next();
        } else {
            send();
        }
    }

    synchronized void counted(ProxyUsageAck ack) {
        if (sent == null
                || ack.sequence() != sent.sequence()
                || !journal.gatewayId().equals(ack.gatewayId())) {
            return;
        }
        long sequence = sent.sequence();
        sent = null;
        reading = true;
        journal.counted(sequence)
                .onFailure(cause -> log.error("counted usage cannot be deleted: {}", cause.toString()))
                .onComplete(dropped -> {
                    synchronized (this) {
                        reading = false;
                        if (dropped.succeeded()) {
                            next();
                        }
                    }
                });
    }

    private void next() {
        if (reading) {
            return;
        }
        reading = true;
        journal.oldest()
                .onFailure(cause -> log.error("usage of calls cannot be read: {}", cause.toString()))
                .onComplete(read -> {
                    synchronized (this) {
                        reading = false;
                        sent = read.succeeded() ? read.result() : null;
                        if (sent != null) {
                            send();
                        }
                    }
                });
    }

    private void send() {
        sentAt = Monotonic.millis();
        uplink.send(
                ProxyUsage.TYPE,
                Json.toObject(new ProxyUsage(null, journal.gatewayId(), sent.sequence(), sent.calls())),
                null);
    }
}
