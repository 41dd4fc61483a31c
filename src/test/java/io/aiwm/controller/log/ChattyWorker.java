package io.aiwm.controller.log;

import io.aiwm.common.Failure;
import io.aiwm.controller.gateway.WorkerLink;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogChunkBuilder;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.protocol.LogsStop;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** A worker whose container writes {@code lines} numbered lines, one to a chunk, as far as it has credit. */
public final class ChattyWorker implements WorkerLink {
    private final int lines;
    private final Map<String, long[]> streams = new HashMap<>();
    final List<String> stopped = new ArrayList<>();
    boolean offline;
    volatile int asked;
    volatile int given;
    public BiConsumer<String, LogChunk> gateway;
    long sent;

    public ChattyWorker(int lines) {
        this.lines = lines;
    }

    @Override
    public synchronized Future<Void> send(String nodeId, Envelope message) {
        if (offline) {
            return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "node " + nodeId + " is offline"));
        }
        if (message.type().equals(LogsStop.TYPE)) {
            stopped.add(message.as(LogsStop.class).streamId());
            return Future.succeededFuture();
        }
        var follow = message.as(LogsFollow.class);
        long[] next = streams.computeIfAbsent(follow.streamId(), id -> new long[1]);
        asked++;
        given += follow.credit();
        int credit = next[0] == 0 ? Math.max(1, follow.credit()) : follow.credit();
        for (int i = 0; i < credit && next[0] <= lines; i++) {
            boolean end = next[0] == lines;
            String text = end ? "" : "line " + next[0] + "\n";
            boolean timed = Boolean.TRUE.equals(follow.timestamps()) && !end;
            long number = next[0]++;
            gateway.accept(
                    nodeId,
                    LogChunkBuilder.builder()
                            .sessionId("session")
                            .streamId(follow.streamId())
                            .from(number)
                            .chunk(text)
                            .stream("stdout")
                            .times(timed ? List.of("2026-11-28T10:00:0" + number % 10 + ".123456789Z") : null)
                            .end(end)
                            .build());
            sent++;
        }
        return Future.succeededFuture();
    }

    /** It knows nothing any more of what it was sending. */
    public synchronized void restart() {
        streams.replaceAll((id, next) -> new long[1]);
    }

    public synchronized int streams() {
        return streams.size();
    }

    synchronized long sent() {
        return sent;
    }
}
