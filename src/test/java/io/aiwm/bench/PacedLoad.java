package io.aiwm.bench;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * So many streams at once of an engine with a {@link FixedPace}, looked at for a while once all are under way, so that neither their
 * beginning nor their end counts: whether all that was due has come, and how late. Everything is read on one event loop.
 */
final class PacedLoad {
    private static final byte[] MARK = FixedPace.MARK.getBytes(StandardCharsets.US_ASCII);
    /** What is measured begins after this: until then the code of a new load is compiled. */
    private static final int SETTLE_MILLIS = 2_000;

    private final HttpClient client;
    private final Context loop;
    private final int streams;
    private final int paceMillis;
    private final int seconds;
    private final long[] late;
    private int begun;
    private int broken;
    private boolean measuring;
    private int chunks;

    /** What uses the processor besides this process. */
    interface Processes {
        Usage now() throws Exception;
    }

    PacedLoad(Rig rig, int streams, int paceMillis, int seconds) {
        this.loop = rig.vertx.getOrCreateContext();
        this.client = rig.vertx.createHttpClient(
                new HttpClientOptions(),
                new PoolOptions().setHttp1MaxSize(streams).setMaxWaitQueueSize(-1));
        this.streams = streams;
        this.paceMillis = paceMillis;
        this.seconds = seconds;
        this.late = new long[2 * (int) due()];
    }

    private double due() {
        return 1e3 * seconds * streams / paceMillis;
    }

    /** Returns the figures; the streams have ended then. */
    JsonObject run(int port, Map<String, String> headers, JsonObject body, Processes processes) throws Exception {
        Buffer asked = body.toBuffer();
        loop.runOnContext(start -> {
            for (int i = 0; i < streams; i++) {
                client.request(HttpMethod.POST, port, "127.0.0.1", "/v1/chat/completions")
                        .compose(request -> {
                            headers.forEach(request::putHeader);
                            return request.send(asked);
                        })
                        .onSuccess(this::read)
                        .onFailure(this::broke);
            }
        });
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (onLoop(() -> begun) < streams) {
            if (System.nanoTime() > limit) {
                throw new IllegalStateException("only " + begun + " of " + streams + " streams have begun");
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
        Usage before = processes.now();
        onLoop(() -> measuring = true);
        TimeUnit.SECONDS.sleep(seconds);
        onLoop(() -> measuring = false);
        Usage after = processes.now();
        client.close().await();
        return figures(before, after);
    }

    private <T> T onLoop(Supplier<T> what) throws Exception {
        Promise<T> done = Promise.promise();
        loop.runOnContext(now -> done.complete(what.get()));
        return done.future().await(30, TimeUnit.SECONDS);
    }

    private void broke(Throwable cause) {
        if (broken++ < 3) {
            System.err.println(cause.getMessage());
        }
    }

    private void read(HttpClientResponse answer) {
        if (answer.statusCode() != 200) {
            broke(new IllegalStateException("answered with " + answer.statusCode()));
            return;
        }
        var moments = new Moments();
        answer.handler(moments::read);
        answer.exceptionHandler(cause -> {
            if (measuring) {
                broke(cause);
            }
        });
    }

    /** Finds in one stream when its chunks were due, however it is cut. */
    private final class Moments {
        private int matched;
        private int digits;
        private long moment;
        private boolean first = true;

        void read(Buffer piece) {
            long now = System.nanoTime();
            for (byte next : piece.getBytes()) {
                if (matched == MARK.length) {
                    moment = 10 * moment + next - '0';
                    if (++digits == FixedPace.DIGITS) {
                        came(now - moment);
                        matched = 0;
                        digits = 0;
                        moment = 0;
                    }
                } else {
                    matched = next == MARK[matched] ? matched + 1 : next == MARK[0] ? 1 : 0;
                }
            }
        }

        private void came(long nanosLate) {
            if (first) {
                first = false;
                begun++;
            }
            if (measuring && chunks < late.length) {
                late[chunks++] = nanosLate;
            }
        }
    }

    private JsonObject figures(Usage before, Usage after) {
        double took = before.secondsTo(after);
        long[] sorted = Arrays.copyOf(late, chunks);
        Arrays.sort(sorted);
        var figures = new JsonObject()
                .put("streams", streams)
                .put("pace_ms", paceMillis)
                .put("broken", broken)
                .put("chunks_per_s", Rig.round(chunks / took))
                .put("of_due", Rig.round(chunks / due() * seconds / took))
                .put("late_p50_ms", millis(sorted, 0.5))
                .put("late_p99_ms", millis(sorted, 0.99))
                .put("late_max_ms", millis(sorted, 1));
        return before.putCores(figures, after);
    }

    private static double millis(long[] sorted, double part) {
        return sorted.length == 0 ? -1 : Rig.round(sorted[(int) Math.ceil(sorted.length * part) - 1] / 1e6);
    }
}
