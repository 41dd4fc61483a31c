package io.aiwm.controller.inference;

import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.auth.ApiKeys;
import io.aiwm.controller.auth.Teams;
import io.aiwm.controller.auth.Users;
import io.aiwm.controller.change.ChangeTail;
import io.aiwm.controller.inference.limit.InferenceCallers;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.slf4j.LoggerFactory;

/**
 * Tells who may call, as gateways are to know it, from its start on. Keys, users and teams are read anew when one of them has changed,
 * by whichever controller, but not more often than {@link #PAUSE_MILLIS}: a key is written also when it was used.
 */
public final class PublishedCallers {
    /** Changes are published so late at the latest, apart from the time of reading. */
    private static final long PAUSE_MILLIS = 1_000;

    private static final RateLimitedLog FAILURES =
            RateLimitedLog.failures(LoggerFactory.getLogger(PublishedCallers.class));
    private static final Duration ALWAYS = Duration.ofDays(3_650);

    private final Vertx vertx;
    private final InferenceCallers callers;
    private final BiConsumer<List<GatewayConfig.Key>, List<GatewayConfig.Team>> tells;
    private final RepeatedRead reads = new RepeatedRead(this::read);
    private final AtomicBoolean isDue = new AtomicBoolean();
    private final ChangeTail tail;
    private volatile boolean isClosed;

    /** @param tells is told all, also when nothing has changed */
    public PublishedCallers(
            Vertx vertx,
            DocumentStore store,
            InferenceCallers callers,
            BiConsumer<List<GatewayConfig.Key>, List<GatewayConfig.Team>> tells) {
        this.vertx = vertx;
        this.callers = callers;
        this.tells = tells;
        this.tail = new ChangeTail(
                vertx,
                store,
                Set.of(ApiKeys.COLLECTION.name(), Users.COLLECTION.name(), Teams.COLLECTION.name()),
                change -> changed(),
                this::changed);
    }

    /** Reads all, and follows the changes from then on. What cannot be read waits for the sweep. */
    public Future<Void> start() {
        tail.want(ALWAYS);
        return read().otherwiseEmpty();
    }

    /** Follows no changes any more. Before the store is closed. */
    public void close() {
        isClosed = true;
        tail.want(Duration.ZERO);
    }

    private void changed() {
        if (!isDue.getAndSet(true)) {
            vertx.setTimer(PAUSE_MILLIS, due -> {
                isDue.set(false);
                reads.run();
            });
        }
    }

    /** A sweep: reads everything again. */
    public Future<Void> run() {
        reads.run();
        return Future.succeededFuture();
    }

    private Future<Void> read() {
        return callers.keys()
                .compose(keys -> callers.teams().onSuccess(teams -> tells.accept(keys, teams)))
                .onFailure(cause -> {
                    FAILURES.failed("who may call models cannot be read", cause.getMessage());
                    if (!isClosed) {
                        changed(); // a key that was deleted is not to go on until the next full read
                    }
                })
                .mapEmpty();
    }
}
