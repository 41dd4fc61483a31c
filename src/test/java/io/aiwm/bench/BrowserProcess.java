package io.aiwm.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Many browsers at the bridge of a controller, in one process, with SockJS's framing and as many pings as vertx-eventbus.js sends. Prints
 * one JSON line when all listen, and one at the end. {@link BrowserBench} starts it.
 *
 * <p>Arguments: port, browsers, seconds, pages with commas between, tokens of users.
 */
public final class BrowserProcess {
    /** A node whose zone is the time at which it was set. */
    static final String PROBE = "bench-probe";

    private static final Pattern ZONE = Pattern.compile("zone\\W+z(\\d+)");
    /** Of a message; a frame may have several. */
    private static final Pattern REVISION = Pattern.compile("epoch\\W+[-\\w]+\\W+revision\\W+(\\d+)");

    private static final long PING_MILLIS = 5_000;
    private static final int AT_ONCE = 8;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClientAgent http = vertx.createHttpClient();
    private final WebSocketClient sockets = vertx.createWebSocketClient(new WebSocketClientOptions()
            .setMaxConnections(10_000)
            .setMaxFrameSize(16 << 20)
            .setMaxMessageSize(16 << 20));
    private final LongAdder messages = new LongAdder();
    private final LongAdder chars = new LongAdder();
    private final LongAdder gaps = new LongAdder();
    private final LongAdder closed = new LongAdder();
    private final List<Long> millis = new ArrayList<>();
    private final int port;
    private volatile boolean measuring;

    private BrowserProcess(int port) {
        this.port = port;
    }

    public static void main(String[] args) throws Exception {
        var all = new BrowserProcess(Integer.parseInt(args[0]));
        int browsers = Integer.parseInt(args[1]);
        String[] pages = args[3].split(",");
        List<String> tokens = List.of(args).subList(4, args.length);
        for (int first = 0; first < browsers; first += AT_ONCE) {
            var some = new ArrayList<Future<Void>>();
            for (int i = first; i < Math.min(browsers, first + AT_ONCE); i++) {
                some.add(all.open(i, pages[i % pages.length], tokens.get(i % tokens.size())));
            }
            Future.all(some).await(60, TimeUnit.SECONDS);
        }
        System.out.println(new JsonObject().put("listening", browsers).encode());
        all.measure(Integer.parseInt(args[2]));
        System.exit(0);
    }

    private Future<Void> open(int number, String page, String token) {
        return http.request(HttpMethod.POST, port, "127.0.0.1", "/api/auth/ticket")
                .compose(request -> request.putHeader("Authorization", "Bearer " + token)
                        .send()
                        .compose(answer -> answer.body()))
                .compose(body -> sockets.connect(new WebSocketConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(port)
                        .setURI("/eventbus/000/browser" + number + "/websocket?ticket="
                                + body.toJsonObject().getString("ticket"))))
                .map(socket -> {
                    listen(socket, page);
                    return null;
                });
    }

    private void listen(WebSocket socket, String page) {
        long[] revision = {0};
        socket.textMessageHandler(frame -> heard(frame, revision));
        long pinging = vertx.setPeriodic(PING_MILLIS, due -> say(socket, "{\"type\":\"ping\"}"));
        socket.closeHandler(end -> {
            closed.increment();
            vertx.cancelTimer(pinging);
        });
        say(socket, "{\"type\":\"register\",\"address\":\"aiwm.page." + page + "\",\"headers\":{}}");
    }

    private static void say(WebSocket socket, String message) {
        if (!socket.isClosed()) {
            socket.writeTextMessage("[\"" + message.replace("\"", "\\\"") + "\"]");
        }
    }

    private void heard(String frame, long[] revision) {
        if (!frame.startsWith("a") || frame.length() < 100) {
            return;
        }
        long now = System.currentTimeMillis();
        Matcher number = REVISION.matcher(frame);
        while (number.find()) {
            long next = Long.parseLong(number.group(1));
            if (measuring && revision[0] > 0 && next != revision[0] + 1) {
                gaps.increment();
            }
            revision[0] = next;
        }
        if (!measuring) {
            return;
        }
        messages.increment();
        chars.add(frame.length());
        int probe = frame.indexOf(PROBE);
        Matcher zone = ZONE.matcher(frame);
        if (probe >= 0 && zone.find(probe)) {
            synchronized (millis) {
                millis.add(now - Long.parseLong(zone.group(1)));
            }
        }
    }

    private void measure(int seconds) throws InterruptedException {
        measuring = true;
        TimeUnit.SECONDS.sleep(seconds);
        measuring = false;
        synchronized (millis) {
            millis.sort(null);
            System.out.println(new JsonObject()
                    .put("messages_per_s", messages.sum() / seconds)
                    .put("mb_per_s", Rig.round(chars.sum() / 1e6 / seconds))
                    .put("changes_heard", millis.size())
                    .put("delta_p50_ms", at(0.5))
                    .put("delta_p99_ms", at(0.99))
                    .put("delta_max_ms", at(1))
                    .put("gaps", gaps.sum())
                    .put("closed", closed.sum())
                    .encode());
        }
    }

    private Long at(double share) {
        return millis.isEmpty() ? null : millis.get((int) Math.min(millis.size() - 1, share * millis.size()));
    }
}
