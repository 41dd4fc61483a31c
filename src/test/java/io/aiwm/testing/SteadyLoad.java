package io.aiwm.testing;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Requests at a fixed rate, whatever becomes of those before, in turn to the addresses that were read last. Addresses are read
 * again ten times a second, as a proxy would. No request is made twice: one that fails is lost.
 */
public final class SteadyLoad implements AutoCloseable {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);
    private static final long READ_EVERY_MILLIS = 100;
    private static final int MOST_LOST = 1000;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(ANSWER_WITHIN).build();
    private final ScheduledExecutorService reader = Executors.newSingleThreadScheduledExecutor();
    private final Supplier<List<String>> source;
    private final Function<String, HttpRequest.Builder> made;
    private final long gapNanos;
    private final Queue<String> lost = new ConcurrentLinkedQueue<>();
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicLong slowestNanos = new AtomicLong();
    private final AtomicLong oldestNanos = new AtomicLong();
    private final Phaser open = new Phaser(1);
    private final Thread sender = new Thread(this::send, "steady-load");
    private volatile List<String> addresses;
    private volatile long readAt;
    private volatile boolean over;
    private long begunAt;
    private long tookNanos;

    private SteadyLoad(int perSecond, Supplier<List<String>> source, Function<String, HttpRequest.Builder> made) {
        this.source = source;
        this.made = made;
        gapNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    }

    /** @param addresses reads where to send to; what it throws is passed over, and the addresses before stay */
    public static SteadyLoad of(int perSecond, Supplier<List<String>> addresses) {
        return of(perSecond, addresses, address -> HttpRequest.newBuilder(URI.create("http://" + address + "/")));
    }

    /** The same request again and again. */
    public static SteadyLoad of(int perSecond, Supplier<HttpRequest.Builder> request, String name) {
        return of(perSecond, () -> List.of(name), same -> request.get());
    }

    private static SteadyLoad of(
            int perSecond, Supplier<List<String>> addresses, Function<String, HttpRequest.Builder> made) {
        var load = new SteadyLoad(perSecond, addresses, made);
        load.addresses = addresses.get();
        load.readAt = System.nanoTime();
        load.begunAt = load.readAt;
        load.reader.scheduleWithFixedDelay(load::read, READ_EVERY_MILLIS, READ_EVERY_MILLIS, TimeUnit.MILLISECONDS);
        load.sender.start();
        return load;
    }

    private void read() {
        try {
            addresses = source.get();
            readAt = System.nanoTime();
        } catch (RuntimeException | AssertionError unreachable) {
            // those before stay
        }
    }

    private void send() {
        for (long i = 0; !over; i++) {
            long due = begunAt + i * gapNanos;
            while (System.nanoTime() < due && !over) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            List<String> now = addresses;
            oldestNanos.accumulateAndGet(System.nanoTime() - readAt, Math::max);
            sent.incrementAndGet();
            if (now.isEmpty()) {
                lose("no address");
            } else {
                request(now.get((int) (i % now.size())));
            }
        }
    }

    private void request(String address) {
        long at = System.nanoTime();
        var request = made.apply(address)
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(ANSWER_WITHIN)
                .build();
        open.register();
        http.sendAsync(request, HttpResponse.BodyHandlers.ofString()).whenComplete((answer, cause) -> {
            slowestNanos.accumulateAndGet(System.nanoTime() - at, Math::max);
            if (cause != null) {
                lose(address + ": " + cause);
            } else if (answer.statusCode() != 200) {
                lose(address + ": " + answer.statusCode() + " "
                        + answer.body().lines().findFirst().orElse(""));
            } else {
                answered.incrementAndGet();
            }
            open.arriveAndDeregister();
        });
    }

    private void lose(String why) {
        if (lost.size() < MOST_LOST) {
            lost.add("after " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunAt) + " ms " + why);
        }
    }

    public int sent() {
        return sent.get();
    }

    /** Those that were not answered with 200, each with when, where and why. */
    public List<String> lost() {
        return List.copyOf(lost);
    }

    /** Ends it, and waits for the answers that are on their way. */
    @Override
    public void close() {
        if (over) {
            return;
        }
        over = true;
        reader.shutdownNow();
        try {
            sender.join();
            tookNanos = System.nanoTime() - begunAt;
            open.awaitAdvanceInterruptibly(open.arrive(), 2 * ANSWER_WITHIN.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.TimeoutException late) {
            lose("no answer at all");
        }
    }

    /** After its end: how many a second, how many lost, the slowest answer. */
    @Override
    public String toString() {
        return "%d requests in %.1f s (%.0f/s), %d answered, %d lost, slowest %d ms, addresses at most %d ms old"
                .formatted(
                        sent.get(),
                        tookNanos / 1e9,
                        sent.get() * 1e9 / Math.max(1, tookNanos),
                        answered.get(),
                        lost.size(),
                        TimeUnit.NANOSECONDS.toMillis(slowestNanos.get()),
                        TimeUnit.NANOSECONDS.toMillis(oldestNanos.get()));
    }
}
