package io.aiwm.controller.notification;

import io.aiwm.boot.Config;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Adds notices to the Redis queue as BullMQ stores its jobs, one job a notice, so that its workers take them. The id of a job is that
 * of the notice: one that is there is not added again.
 */
final class QueueSender implements Sender {
    static final int AT_ONCE = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int CONNECT_MILLIS = 5_000;
    /** Jobs are kept for a day after their end, by which one that is added again is recognized. */
    private static final String OPTIONS = new JsonObject()
            .put("attempts", 5)
            .put("backoff", new JsonObject().put("type", "exponential").put("delay", 1_000))
            .put("removeOnComplete", new JsonObject().put("age", 86_400).put("count", 100_000))
            .put("removeOnFail", new JsonObject().put("age", 7 * 86_400).put("count", 100_000))
            .encode();

    /**
     * What one addition does, atomically. Keys: job, id, meta, wait, active, events, marker, paused. Arguments: id of the job, its name,
     * data, options, time. Before version 6 of BullMQ what is added to a paused queue goes to a list of its own. What a script did
     * before an error stays done, so the job itself, by which it is known that all is done, comes after all that may fail.
     */
    private static final String ADD = """
        if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
        redis.call('INCR', KEYS[2])
        local meta = redis.call('HMGET', KEYS[3], 'opts.maxLenEvents', 'paused', 'concurrency', 'version')
        local most = meta[1]
        if not most then
          most = 10000
          redis.call('HSET', KEYS[3], 'opts.maxLenEvents', most)
        end
        redis.call('XADD', KEYS[6], '*', 'event', 'added', 'jobId', ARGV[1], 'name', ARGV[2])
        local list = KEYS[4]
        local major = tonumber(string.match(meta[4] or '', '^bullmq[^:]*:(%d+)'))
        if meta[2] and major and major < 6 then list = KEYS[8] end
        local held = meta[2] or (meta[3] and redis.call('LLEN', KEYS[5]) >= tonumber(meta[3]))
        if not held then redis.call('ZADD', KEYS[7], 0, '0') end
        redis.call('LPUSH', list, ARGV[1])
        redis.call('HSET', KEYS[1], 'name', ARGV[2], 'data', ARGV[3], 'opts', ARGV[4],
          'timestamp', ARGV[5], 'delay', 0, 'priority', 0)
        redis.call('XADD', KEYS[6], 'MAXLEN', '~', most, '*', 'event', 'waiting', 'jobId', ARGV[1])
        return 1
        """;

    private final Redis redis;
    private final String prefix;
    private final Duration patience;
    private RedisConnection connection;

    /** @param queue name of the queue, after {@code bull:} */
    QueueSender(Vertx vertx, Config.Redis settings, String queue) {
        this(vertx, settings, queue, PATIENCE);
    }

    QueueSender(Vertx vertx, Config.Redis settings, String queue, Duration patience) {
        this.patience = patience;
        var net = new NetClientOptions()
                .setConnectTimeout(CONNECT_MILLIS)
                .setHostnameVerificationAlgorithm("HTTPS")
                // who has fallen silent is not asked again over the same connection, which the client would keep
                .setReadIdleTimeout((int) patience.multipliedBy(2).toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
        if (settings.tls().ca() != null) {
            net.setTrustOptions(
                    new PemTrustOptions().addCertPath(settings.tls().ca().toString()));
        }
        var options = new RedisOptions()
                .setConnectionString((settings.tls().enabled() ? "rediss://" : "redis://") + settings.host() + ":"
                        + settings.port() + "/" + settings.database())
                .setNetClientOptions(net);
        if (settings.password() != null) {
            options.setPassword(settings.password());
        }
        if (settings.user() != null) {
            options.setUser(settings.user());
        }
        this.redis = Redis.createClient(vertx, options);
        this.prefix = "bull:" + queue + ":";
    }

    @Override
    public int atOnce() {
        return AT_ONCE;
    }

    @Override
    public Future<Void> send(Target target, List<Notice> notices) {
        var requests = new ArrayList<Request>(notices.size());
        notices.forEach(notice -> requests.add(addition(notice)));
        return connected()
                .compose(open -> open.batch(requests))
                .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .<Void>mapEmpty()
                .recover(cause -> {
                    drop();
                    return Future.failedFuture(UnreachableReason.ofRedis(cause));
                });
    }

    private synchronized Future<RedisConnection> connected() {
        return connection != null
                ? Future.succeededFuture(connection)
                : redis.connect().onSuccess(this::keep);
    }

    private synchronized void keep(RedisConnection open) {
        connection = open;
        open.exceptionHandler(broken -> drop(open));
        open.endHandler(ended -> drop(open));
    }

    /** Another one in its place stays. */
    private synchronized void drop(RedisConnection ended) {
        if (connection == ended) {
            drop();
        }
    }

    private synchronized void drop() {
        RedisConnection last = connection;
        connection = null;
        if (last != null) {
            last.close();
        }
    }

    private Request addition(Notice notice) {
        // BullMQ takes a colon for the end of a part of a key
        String id = notice.id().replace(':', '-');
        Request request = Request.cmd(Command.EVAL).arg(ADD).arg(8);
        List.of(id, "id", "meta", "wait", "active", "events", "marker", "paused")
                .forEach(key -> request.arg(prefix + key));
        return request.arg(id)
                .arg(notice.type())
                .arg(data(notice).encode())
                .arg(OPTIONS)
                .arg(Long.toString(Instant.parse(notice.at()).toEpochMilli()));
    }

    /** What a worker gets as the data of a job. */
    static JsonObject data(Notice notice) {
        JsonObject data =
                notice.event().copy().put("severity", notice.severity().word());
        return notice.count() == 1
                ? data
                : new JsonObject()
                        .put("id", notice.id())
                        .put("revision", notice.revision())
                        .put("type", notice.type())
                        .put("kind", notice.kind())
                        .put("at", notice.at())
                        .put("severity", notice.severity().word())
                        .put("count", notice.count())
                        .put("resources", new JsonArray(notice.resources()))
                        .put("text", notice.text());
    }

    @Override
    public Future<Void> close() {
        drop();
        return redis.close();
    }
}
