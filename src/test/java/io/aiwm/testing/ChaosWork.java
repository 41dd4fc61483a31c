package io.aiwm.testing;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Work that clients submit at a steady pace, to one controller after the other, until there was enough of it and the
 * fault is over. What is not answered is asked again under the same key.
 */
final class ChaosWork implements AutoCloseable {
    private static final Duration RETRY = Duration.ofMillis(200);
    private static final int CLIENTS = 16;

    private final List<AiwmClient> apis;
    private final ChaosSize size;
    final Set<String> made = ConcurrentHashMap.newKeySet();
    final ConcurrentLinkedQueue<String> refused = new ConcurrentLinkedQueue<>();
    final AtomicInteger asked = new AtomicInteger();
    final String prefix;
    private final String keys;
    private final ScheduledExecutorService clients = Executors.newScheduledThreadPool(CLIENTS);
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
    private volatile boolean healed;

    ChaosWork(List<AiwmClient> apis, ChaosSize size, String prefix) {
        this.apis = apis;
        this.size = size;
        this.prefix = prefix;
        this.keys = prefix.replace(' ', '-');
        long micros = (long) (1_000_000 / size.jobsPerSecond());
        pace.scheduleAtFixedRate(this::next, 0, micros, TimeUnit.MICROSECONDS);
    }

    private void next() {
        if (healed && asked.get() >= size.jobs()) {
            pace.shutdown();
            return;
        }
        int number = asked.getAndIncrement();
        clients.execute(() -> submit(number, 0));
    }

    void comesToAnEnd() {
        healed = true;
    }

    boolean awaitAccepted() {
        try {
            long most = 60 + (long) (size.jobs() / size.jobsPerSecond());
            Awaitility.await()
                    .atMost(most, TimeUnit.SECONDS)
                    .until(() -> pace.isShutdown() && made.size() == asked.get());
            return true;
        } catch (ConditionTimeoutException never) {
            return false;
        }
    }

    private void later(int number, int attempt) {
        clients.schedule(() -> submit(number, attempt), RETRY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void submit(int number, int attempt) {
        var requirements = new JsonObject()
                .put("cpu", HollowFleet.CORES)
                .put("memoryBytes", 64 << 20)
                .put("labelSelector", "hollow=true");
        var body = new JsonObject()
                .put("name", prefix + number)
                .put("image", "hollow")
                .put("maxRetries", 3)
                .put("requirements", requirements);
        try {
            var answer = apis.get((number + attempt) % apis.size())
                    .call("POST", "/api/jobs", body, "Idempotency-Key", keys + number);
            if (answer.status() == 201) {
                made.add(answer.json().getString("id"));
                return;
            }
            if (answer.status() != 503 && answer.status() != 409) {
                refused.add(prefix + number + " was answered " + answer.status() + " " + answer.text());
            }
        } catch (AiwmClient.Unreachable down) {
            // the next controller is asked
        }
        later(number, attempt + 1);
    }

    /** A fault comes when work is under way on most nodes. */
    void awaitBegun() {
        int some = Math.min(size.jobs() / 4, size.nodes());
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> made.size() >= some);
    }

    boolean awaitEnded() {
        try {
            Awaitility.await()
                    .atMost(size.patience())
                    .pollInterval(Duration.ofMillis(300))
                    .until(() -> isIdle(apis));
            return true;
        } catch (ConditionTimeoutException late) {
            return false;
        }
    }

    @Override
    public void close() {
        pace.shutdownNow();
        clients.shutdownNow();
    }

    /** Whether no work is open. */
    static boolean isIdle(List<AiwmClient> apis) {
        var answer =
                apis.get(1).tryGet("/api/jobs?status=PENDING&status=QUEUED&status=ASSIGNED&status=RUNNING&pageSize=1");
        return answer != null
                && answer.status() == 200
                && answer.json().getJsonArray("items").isEmpty();
    }
}
