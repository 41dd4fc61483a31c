package io.aiwm.controller.agent;

import io.aiwm.common.Monotonic;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;

/** How long the contexts of models are: as it is known of what AIWM runs, or as a server told it when it had refused a prompt. */
final class ContextLengths {
    /** More are forgotten. */
    private static final int MOST = 1_000;
    /** The server may be another one then. */
    private static final Duration KEPT = Duration.ofMinutes(10);

    private record Told(int tokens, long atMillis) {}

    private final ToIntFunction<String> known;
    private final Function<String, Future<Integer>> ask;
    private final LongSupplier millis;
    private final Map<String, Told> told = new ConcurrentHashMap<>();

    /** @param known 0: it is not. @param ask the servers of the model of this name; 0: they do not say */
    ContextLengths(ToIntFunction<String> known, Function<String, Future<Integer>> ask) {
        this(known, ask, Monotonic::millis);
    }

    ContextLengths(ToIntFunction<String> known, Function<String, Future<Integer>> ask, LongSupplier millis) {
        this.known = known;
        this.ask = ask;
        this.millis = millis;
    }

    /** Tokens of prompt and answer together; 0: not known. */
    int of(String model) {
        int tokens = known.applyAsInt(model);
        Told last = tokens > 0 ? null : told.get(model);
        return last == null || millis.getAsLong() - last.atMillis() > KEPT.toMillis() ? tokens : last.tokens();
    }

    /** Asks where it is not known. 0: nobody says it. */
    Future<Integer> asked(String model) {
        int tokens = of(model);
        return tokens > 0
                ? Future.succeededFuture(tokens)
                : ask.apply(model).onSuccess(said -> {
                    if (said > 0) {
                        if (told.size() >= MOST) {
                            told.clear();
                        }
                        told.put(model, new Told(said, millis.getAsLong()));
                    }
                });
    }
}
