package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Replica;
import io.aiwm.controller.deployment.ReplicaState;
import io.aiwm.controller.log.LogStream;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.log.LogStreams.ReplicaLog;
import io.aiwm.protocol.LogChunk;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The log of one replica on its way to one client: the log of its container, and where it is followed, of the container that
 * takes that one's place. On one context.
 */
final class ReplicaLogSource {
    /** So many tries in a row that brought nothing: it is not tried any more until there is another container. */
    private static final int MOST_TRIES = 20;

    private static final int LONGEST_WAIT_LOOKS = 16;
    /** A container that was replaced is read for so long at most. */
    private static final int LOOKS_OF_OLD = 10;

    private static final int ALL = -1;

    private final int index;
    private final Context context;
    private final LogStreams logs;
    private final ReplicaLogRequest asked;
    private final int window;
    private final List<LogStream> old = new ArrayList<>();
    private ReplicaLogWriter writer;
    private Runnable whenEnded = () -> {};
    private LogStream stream;
    private String containerId;
    private boolean opening;
    private boolean begunOnce;
    private boolean atRest;
    private boolean slow;
    private boolean over;
    private int tries;
    private int looksToWait;
    private int looksOfOld;
    private String said;
    private String error;

    /** @param window how many chunks of it may be under way */
    ReplicaLogSource(int index, Context context, LogStreams logs, ReplicaLogRequest asked, int window) {
        this.index = index;
        this.context = context;
        this.logs = logs;
        this.asked = asked;
        this.window = window;
    }

    /** Begins with the container it has. Fails as {@link LogStreams#openReplica} does, and with BUSY where it has none. */
    Future<Void> open(Replica replica) {
        if (replica.container() == null) {
            return Future.failedFuture(Failure.busy("it has no container yet"));
        }
        return open(replica.container(), asked.tail());
    }

    private Future<Void> open(Deployment.Container container, int tail) {
        opening = true;
        containerId = container.containerId();
        var log = new ReplicaLog(
                container.nodeId(), asked.deploymentId(), index, asked.follow(), tail, asked.timestamps(), window);
        return logs.openReplica(context, asked.user(), log)
                .onComplete(done -> opening = false)
                .onSuccess(this::opened)
                .mapEmpty();
    }

    private void opened(LogStream begun) {
        if (over) {
            begun.close();
            return;
        }
        stream = begun;
        begunOnce = true;
        if (slow) {
            begun.pause();
        }
        if (writer != null) {
            read(begun);
        }
    }

    /** From now on what comes is written there. */
    void writeTo(ReplicaLogWriter to, Runnable ended) {
        writer = to;
        whenEnded = ended;
        if (stream != null) {
            read(stream);
        }
    }

    private void read(LogStream from) {
        from.handler(chunk -> {
            writer.chunk(index, chunk);
            if (chunk.chunk() != null && !chunk.chunk().isEmpty()) {
                tries = 0;
                said = null;
            }
            if (chunk.end()) {
                ended(from, chunk);
            }
        });
    }

    private void ended(LogStream from, LogChunk last) {
        old.remove(from);
        if (stream == from) {
            stream = null;
            writer.ended(index);
            waitLonger();
        }
        error = last.error();
        if (error != null) {
            say("[log ended: " + error + "]");
        }
        whenEnded.run();
    }

    /** Tells why nothing comes, once. */
    void say(String why) {
        if (writer != null && !why.equals(said)) {
            said = why;
            writer.note(index, why + "\n");
        }
    }

    private void waitLonger() {
        looksToWait = Math.min(LONGEST_WAIT_LOOKS, 1 << Math.min(tries, 4));
        tries++;
    }

    /** Looks at the replica as it is now, when it is followed. @param now null: it is gone */
    void look(Replica now) {
        atRest = isAtRest(now);
        Deployment.Container container = now == null ? null : now.container();
        boolean another = container != null && !Objects.equals(containerId, container.containerId());
        forgetOld();
        if (opening) {
            return;
        }
        if (stream != null && another) {
            leave();
        } else if (stream != null && atRest) {
            stream.release();
        }
        if (stream != null || container == null) {
            return;
        }
        boolean again = !atRest && tries < MOST_TRIES && --looksToWait < 0;
        if (another || again) {
            tries = another ? 0 : tries;
            // of another container nothing has been read; of the same, nobody knows how much
            open(container, another ? ALL : begunOnce ? 0 : asked.tail()).onFailure(cause -> {
                waitLonger();
                say("[" + (tries < MOST_TRIES ? "not shown now: " : "not followed any more: ")
                        + Failure.of(cause).getMessage() + "]");
            });
        }
    }

    private static boolean isAtRest(Replica now) {
        return now == null
                || now.state() == ReplicaState.STOPPED
                || (now.state() == ReplicaState.FAILED && now.retryAt() == null);
    }

    /** Reads what the container that was replaced still has to say, and then no more. */
    private void leave() {
        stream.release();
        old.add(stream);
        stream = null;
        looksOfOld = LOOKS_OF_OLD;
    }

    private void forgetOld() {
        if (!old.isEmpty() && --looksOfOld < 0) {
            old.forEach(LogStream::close);
            old.clear();
        }
    }

    /** Whether something of it may still come. */
    boolean isOpen() {
        return opening || stream != null || !old.isEmpty() || (asked.follow() && !atRest);
    }

    void slow(boolean isSlow) {
        slow = isSlow;
        Stream.concat(Stream.ofNullable(stream), old.stream()).forEach(one -> held(one, isSlow));
    }

    private static void held(LogStream one, boolean back) {
        if (back) {
            one.pause();
        } else {
            one.resume();
        }
    }

    /** Why its log ended before its time; null: it did not. */
    String error() {
        return error;
    }

    void close() {
        over = true;
        if (stream != null) {
            stream.close();
        }
        old.forEach(LogStream::close);
    }
}
