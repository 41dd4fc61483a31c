package io.aiwm.worker.container;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.job.LogFeed;
import io.aiwm.worker.job.LogLimit;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The log streams that are open now, by stream id; at most as many as {@link LogLimit} allows. */
final class ContainerLogs {
    /** Lines that come within this leave in one chunk. */
    private static final long GATHER_MILLIS = 20;

    private static final int MOST_TAIL = 100_000;

    private final Vertx vertx;
    private final Engine engine;
    private final Replicas replicas;
    private final ContainerOwner owner;
    private final Map<String, Open> open = new ConcurrentHashMap<>();

    ContainerLogs(Vertx vertx, Engine engine, Replicas replicas, ContainerOwner owner) {
        this.vertx = vertx;
        this.engine = engine;
        this.replicas = replicas;
        this.owner = owner;
    }

    void follow(LogsFollow request, Consumer<LogChunk> sink) {
        var fresh = new Open(request, new LogFeed(request.streamId(), request.credit(), sink));
        Open known = open.get(request.streamId());
        if (known == null) {
            String refusal = LogLimit.refusal(request.streamId(), open.keySet());
            if (refusal != null) {
                fresh.finish(refusal);
                return;
            }
            known = open.putIfAbsent(request.streamId(), fresh);
        }
        if (known != null) {
            known.keep(request);
            known.feed.addCredit(request.credit());
            known.drainSoon(0);
            return;
        }
        container(request).onFailure(cause -> fresh.finish(words(cause))).onSuccess(found -> {
            if (found == null && request.commandId() != null && !request.follow()) {
                fresh.finish(null); // a job whose container is still to be made has printed nothing
            } else if (found == null) {
                String whose = request.commandId() == null
                        ? "deployment " + request.deploymentId()
                        : "command " + request.commandId();
                fresh.finish(whose + " has no container on this node");
            } else {
                int tail = Math.min(MOST_TAIL, request.tail() < 0 ? -1 : request.tail());
                fresh.begin(
                        request.follow()
                                ? LogTail.begin(vertx, engine, found.id(), tail, keeps(request), fresh)
                                : timed(request)
                                        ? engine.logs(found.id(), tail, true, new StampedLog(fresh))
                                        : engine.logs(found.id(), tail, false, fresh));
            }
        });
    }

    /** Null when there is none. */
    private Future<EngineContainer> container(LogsFollow request) {
        return request.commandId() == null
                ? replicas.find(request.deploymentId(), request.replica())
                        .map(found -> found.isEmpty() ? null : found.get(0))
                : engine.inspect(owner.containerName(request.commandId()))
                        .map(found -> found.filter(owner::owns).orElse(null));
    }

    void stop(String streamId) {
        Open stream = open.remove(streamId);
        if (stream != null) {
            stream.close();
        }
    }

    void stopAll() {
        open.keySet().forEach(this::stop);
    }

    private static boolean keeps(LogsFollow request) {
        return Boolean.TRUE.equals(request.keep());
    }

    private static boolean timed(LogsFollow request) {
        return Boolean.TRUE.equals(request.timestamps());
    }

    private static String words(Throwable cause) {
        return cause instanceof CommandFailure failure ? failure.error.message() : "the log could not be read";
    }

    /** One log being read. */
    private final class Open implements LogTail.Listener {
        private final String streamId;
        private final boolean ofJob;
        private final boolean timed;
        private final LogFeed feed;
        private Engine.Subscription subscription;
        private boolean keep;
        private boolean drainSet;

        Open(LogsFollow request, LogFeed feed) {
            this.streamId = request.streamId();
            this.ofJob = request.commandId() != null;
            this.timed = timed(request);
            this.keep = keeps(request);
            this.feed = feed;
        }

        synchronized void begin(Engine.Subscription begun) {
            subscription = begun;
            if (begun instanceof LogTail tail) {
                tail.keep(keep);
            }
            if (feed.over()) {
                begun.end();
            }
        }

        synchronized void keep(LogsFollow again) {
            keep = keeps(again);
            if (subscription instanceof LogTail tail) {
                tail.keep(keep);
            }
        }

        /** On the engine's thread, which may wait. */
        @Override
        public void on(String stream, byte[] bytes) {
            offer(stream, null, bytes);
        }

        @Override
        public void line(String stream, String stamp, byte[] bytes) {
            offer(stream, timed ? LogStamp.of(stamp) : null, bytes);
        }

        /** @param time null: none is told */
        private void offer(String stream, String time, byte[] bytes) {
            try {
                feed.offerLine(stream, time, bytes);
                drainSoon(GATHER_MILLIS);
            } catch (InterruptedException cause) {
                Thread.currentThread().interrupt();
                close();
            }
        }

        @Override
        public void missing(String note) {
            try {
                feed.offerMissing(LogChunk.UNKNOWN, note);
                drainSoon(GATHER_MILLIS);
            } catch (InterruptedException cause) {
                Thread.currentThread().interrupt();
                close();
            }
        }

        @Override
        public void ended(Throwable cause) {
            // the rest of a job's log is in its stored file, where a reader looks after an error
            boolean removed =
                    cause instanceof CommandFailure failure && failure.error.category() == ErrorCategory.NOT_FOUND;
            finish(cause == null || (removed && !ofJob) ? null : words(cause));
        }

        void finish(String error) {
            feed.complete(error);
            drainSoon(0);
        }

        synchronized void drainSoon(long millis) {
            if (millis == 0) {
                vertx.runOnContext(now -> drain());
            } else if (!drainSet) {
                drainSet = true;
                vertx.setTimer(millis, now -> drain());
            }
        }

        private void drain() {
            synchronized (this) {
                drainSet = false;
            }
            if (feed.drain()) {
                drainSoon(GATHER_MILLIS * 5);
            }
            if (feed.over()) {
                open.remove(streamId, this);
                close();
            }
        }

        void close() {
            feed.end();
            synchronized (this) {
                if (subscription != null) {
                    subscription.end();
                }
            }
        }
    }
}
