package io.aiwm.bench;

import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Posts a body again and again, with so many in flight, and waits for each to end. Everything on one event loop, so plain
 * fields do.
 */
final class Load {
    private final Promise<Void> done = Promise.promise();
    private final Rig rig;
    private final String path;
    private final Buffer body;
    private final Predicate<JsonObject> good;
    private final long[] nanos;
    private int started;
    private int finished;
    private int completed;
    private int errors;

    /** @param good whether an answer is the one that was hoped for; else it counts as an error */
    Load(Rig rig, int total, String path, Buffer body, Predicate<JsonObject> good) {
        this.rig = rig;
        this.nanos = new long[total];
        this.path = path;
        this.body = body;
        this.good = good;
    }

    /** Prints one line. */
    void measure(String mode, int inFlight) throws Exception {
        Usage before = rig.usage();
        rig.vertx.runOnContext(start -> {
            for (int i = 0; i < inFlight; i++) {
                next();
            }
        });
        done.future().await(10, TimeUnit.MINUTES);
        Usage after = rig.usage();
        int total = nanos.length;
        Arrays.sort(nanos);
        var figures = new JsonObject()
                .put("mode", mode)
                .put("conc", inFlight)
                .put("total", total)
                .put("done", completed)
                .put("errors", errors)
                .put("wall_s", Rig.round(before.secondsTo(after)))
                .put("per_s", Rig.round(total / before.secondsTo(after)))
                .put("p50_ms", Rig.round(nanos[total / 2] / 1e6))
                .put("p99_ms", Rig.round(nanos[(int) Math.ceil(total * 0.99) - 1] / 1e6))
                .put("max_ms", Rig.round(nanos[total - 1] / 1e6));
        Rig.print(before.put(figures, after, total)
                .put("server_rss_mb", rig.serverRss())
                .put("driver_rss_mb", Usage.rss(ProcessHandle.current().pid())));
    }

    private void next() {
        if (started == nanos.length) {
            return;
        }
        started++;
        long began = System.nanoTime();
        rig.post(path, body)
                .compose(answer -> answer.body().map(text -> {
                    if (answer.statusCode() != 201 || !good.test(text.toJsonObject())) {
                        throw new IllegalStateException(answer.statusCode() + " " + text);
                    }
                    return text;
                }))
                .onComplete(answer -> {
                    nanos[finished++] = System.nanoTime() - began;
                    if (answer.succeeded()) {
                        completed++;
                    } else if (errors++ < 3) {
                        System.err.println(answer.cause().getMessage());
                    }
                    if (finished == nanos.length) {
                        done.complete();
                    } else {
                        next();
                    }
                });
    }
}
