package io.aiwm.controller.log;

import io.aiwm.common.Failure;
import io.aiwm.controller.gateway.WorkerLink;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogChunkBuilder;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.protocol.LogsStop;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** Workers whose containers print what a test lets them print, as far as there is credit. */
public final class TalkingWorkers implements WorkerLink {
    public final Set<String> offline = ConcurrentHashMap.newKeySet();
    public final List<LogsFollow> asked = new CopyOnWriteArrayList<>();
    public BiConsumer<String, LogChunk> gateway;
    private final Map<String, Open> open = new LinkedHashMap<>();
    private int sent;

    private static final class Open {
        final String node;
        LogsFollow follow;
        int credit;
        long next;
        final Deque<LogChunk> waiting = new ArrayDeque<>();

        Open(String node) {
            this.node = node;
        }
    }

    @Override
    public synchronized Future<Void> send(String nodeId, Envelope message) {
        if (offline.contains(nodeId)) {
            return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "node " + nodeId + " is offline"));
        }
        if (message.type().equals(LogsStop.TYPE)) {
            open.remove(message.as(LogsStop.class).streamId());
            return Future.succeededFuture();
        }
        var follow = message.as(LogsFollow.class);
        asked.add(follow);
        Open stream = open.computeIfAbsent(follow.streamId(), first -> new Open(nodeId));
        boolean ends = stream.follow != null && stream.follow.keep() != null && follow.keep() == null;
        stream.follow = follow;
        stream.credit += follow.credit();
        if (ends) {
            say(stream, "", null, true);
        }
        drain(stream);
        return Future.succeededFuture();
    }

    /** The replica prints this in its newest log. */
    public synchronized void print(int replica, String text) {
        print(replica, text, null);
    }

    /** The same, with these times. */
    public synchronized void print(int replica, String text, List<String> times) {
        say(newest(replica), text, times, false);
    }

    /** The newest log of a replica ends. */
    public synchronized void end(int replica) {
        say(newest(replica), "", null, true);
    }

    private Open newest(int replica) {
        return open.values().stream()
                .filter(one -> Integer.valueOf(replica).equals(one.follow.replica()))
                .reduce((older, newer) -> newer)
                .orElseThrow();
    }

    private void say(Open stream, String text, List<String> times, boolean end) {
        var chunk = new LogChunk("session", stream.follow.streamId(), stream.next++, text, "stdout", end, null);
        stream.waiting.add(LogChunkBuilder.builder(chunk).times(times).build());
        drain(stream);
    }

    private void drain(Open stream) {
        while (stream.credit > 0 && !stream.waiting.isEmpty()) {
            stream.credit--;
            sent++;
            LogChunk chunk = stream.waiting.poll();
            gateway.accept(stream.node, chunk);
            if (chunk.end()) {
                open.remove(chunk.streamId());
            }
        }
    }

    public synchronized int reading() {
        return open.size();
    }

    public synchronized int sent() {
        return sent;
    }
}
