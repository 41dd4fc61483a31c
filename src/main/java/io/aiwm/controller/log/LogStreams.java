package io.aiwm.controller.log;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.gateway.WorkerLink;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.protocol.Address;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.protocol.LogsFollowBuilder;
import io.aiwm.protocol.LogsStop;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs on their way from workers to readers. A stream's id begins with the id of the controller that reads it, so a
 * chunk that arrives at another controller (which holds the node's session) finds its way over the bus. Nothing is
 * stored, and a worker never has more chunks under way than {@link LogStream#WINDOW}.
 */
public final class LogStreams {
    private static final Logger LOG = LoggerFactory.getLogger(LogStreams.class);
    /** More readers at once are refused. */
    private static final int MAX_STREAMS = 1_000;

    /** A reader that left before it began to read. */
    private static final Duration UNREAD = Duration.ofSeconds(30);

    private static final Duration QUIET = Duration.ofSeconds(5);

    /**
     * The controller that holds a node's session tells the one that reads the stream. Best effort; a chunk that is lost
     * is noticed by its number.
     */
    record Routed(String nodeId, LogChunk chunk) {
        static final Address<Routed, Void> ADDRESS = new Address<>("aiwm.logs.{id}", Routed.class, Void.class);
    }

    private final Vertx vertx;
    private final WorkerLink link;
    private final Duration quiet;
    private final String controllerId = Ids.next("");
    private final Map<String, LogStream> open = new ConcurrentHashMap<>();
    private final LogStreamSlots seats = new LogStreamSlots();
    private final Future<Void> listening;

    public LogStreams(Vertx vertx, WorkerLink link, NodeDirectory nodes) {
        this(vertx, link, nodes, QUIET);
    }

    /** @param quiet how long a log may be silent before its worker is asked whether it still sends it */
    public LogStreams(Vertx vertx, WorkerLink link, NodeDirectory nodes, Duration quiet) {
        this.vertx = vertx;
        this.link = link;
        this.quiet = quiet;
        this.listening = Routed.ADDRESS
                .at(controllerId)
                .listen(vertx, routed -> deliver(routed.nodeId(), routed.chunk()))
                .completion();
        nodes.onLost(nodeId -> open.values().stream()
                .filter(stream -> stream.nodeId().equals(nodeId))
                .forEach(stream -> stream.broken("node " + nodeId + " went offline")));
    }

    /**
     * Which log of a deployment is read.
     *
     * @param tail how many of the last lines to begin with; -1 for all
     * @param timestamps whether each line is to come with its time
     * @param window how many chunks may be under way or waiting
     */
    public record ReplicaLog(
            String nodeId,
            String deploymentId,
            int replica,
            boolean follow,
            int tail,
            boolean timestamps,
            int window) {}

    /**
     * Which log of a job's attempt is read.
     *
     * @param tail how many of the last lines to begin with; -1 for all
     * @param timestamps whether each line is to come with its time
     */
    public record JobLog(String nodeId, String commandId, boolean follow, int tail, boolean timestamps) {}

    /**
     * Begins to read the log of a replica's container; one that is followed goes on when the container is started again.
     * Fails with UNAVAILABLE when the node is offline, and as {@link #full} says when the user or all read too many of that
     * node. A stream that gets no reader soon ends by itself.
     *
     * @param context where callbacks come
     * @param user who reads it
     */
    public Future<LogStream> openReplica(Context context, String user, ReplicaLog log) {
        var request = LogsFollowBuilder.builder()
                .streamId(newId())
                .deploymentId(log.deploymentId())
                .replica(log.replica())
                .follow(log.follow())
                .tail(log.tail())
                .credit(log.window())
                .keep(log.follow() ? true : null)
                .timestamps(log.timestamps() ? true : null)
                .build();
        return open(context, user, log.nodeId(), request);
    }

    /**
     * Begins to read the log of a job's attempt while its node has it, which is until the attempt has ended and its log is
     * stored. Fails with UNAVAILABLE when the node is offline, and as {@link #full} says; a node that does not have the job says
     * so in the last chunk.
     */
    public Future<LogStream> openJob(Context context, String user, JobLog log) {
        var request = LogsFollowBuilder.builder()
                .streamId(newId())
                .commandId(log.commandId())
                .follow(log.follow())
                .tail(log.tail())
                .credit(LogStream.WINDOW)
                .timestamps(log.timestamps() ? true : null)
                .build();
        return open(context, user, log.nodeId(), request);
    }

    /**
     * Why this user cannot read one more log of this node now; null: they can. LIMITED where they read too many themselves,
     * UNAVAILABLE where others do.
     */
    public Failure full(String user, String nodeId) {
        return open.size() >= MAX_STREAMS
                ? new Failure(Failure.Kind.UNAVAILABLE, MAX_STREAMS + " logs are being read; try again later")
                : seats.full(user, nodeId);
    }

    private String newId() {
        return LogsFollow.streamId(controllerId, Ids.uuid7());
    }

    private Future<LogStream> open(Context context, String user, String nodeId, LogsFollow request) {
        Failure full = full(user, nodeId);
        if (full == null) {
            full = seats.take(user, nodeId);
        }
        if (full != null) {
            return Future.failedFuture(full);
        }
        String streamId = request.streamId();
        var now = new AtomicReference<>(request);
        var stream = new LogStream(context, nodeId, request, credit -> more(nodeId, now.get(), credit), why -> {
            if (forget(user, streamId) && why == LogStream.End.BY_READER) {
                link.send(nodeId, Envelope.of(LogsStop.TYPE, new LogsStop(streamId)))
                        .onFailure(cause -> LOG.debug("{} cannot be told to stop a log", nodeId, cause));
            }
        });
        stream.onRelease(() -> {
            now.set(request.untilEnd());
            more(nodeId, now.get(), 0);
        });
        open.put(streamId, stream);
        vertx.setPeriodic(quiet.toMillis(), timer -> {
            if (open.get(streamId) == stream) {
                stream.quiet();
            } else {
                vertx.cancelTimer(timer);
            }
        });
        return listening
                .compose(done -> link.send(nodeId, Envelope.of(LogsFollow.TYPE, request)))
                .map(stream)
                .onSuccess(begun -> vertx.setTimer(UNREAD.toMillis(), late -> begun.closeUnread()))
                .onFailure(cause -> forget(user, streamId));
    }

    /** @return whether it was being read until now */
    private boolean forget(String user, String streamId) {
        LogStream stream = open.remove(streamId);
        if (stream != null) {
            seats.giveBack(user, stream.nodeId());
        }
        return stream != null;
    }

    /** A worker sent a piece of a log. The node id is the session's. */
    public void accept(String nodeId, LogChunk chunk) {
        String reader = LogsFollow.readerOf(chunk.streamId());
        if (reader.equals(controllerId)) {
            deliver(nodeId, chunk);
        } else if (!reader.isEmpty()) {
            Routed.ADDRESS.at(reader).send(vertx, new Routed(nodeId, chunk));
        }
    }

    /** How many are being read here now. */
    public int size() {
        return open.size();
    }

    private void deliver(String nodeId, LogChunk chunk) {
        LogStream stream = open.get(chunk.streamId());
        if (stream == null) {
            // nobody reads it any more, and the worker has not heard: it stops when its credit is used up
            return;
        }
        if (stream.nodeId().equals(nodeId)) {
            stream.arrived(chunk);
        }
    }

    private void more(String nodeId, LogsFollow first, int credit) {
        link.send(nodeId, Envelope.of(LogsFollow.TYPE, first.more(credit))).onFailure(cause -> {
            LogStream stream = open.get(first.streamId());
            if (stream != null) {
                stream.broken("the connection to node " + nodeId + " was lost");
            }
        });
    }
}
