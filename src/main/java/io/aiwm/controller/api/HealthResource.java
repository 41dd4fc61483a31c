package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.common.Monotonic;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.HealthCheck;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Whether the controller lives, is ready, and how its parts do. Open to everyone; details only for those who signed in.
 */
public final class HealthResource implements Resource {
    private static final long PROBE_MILLIS = 2_000;
    /** Anyone may ask, so the parts are asked at most this often. */
    private static final long FRESH_MILLIS = 500;

    private final List<HealthCheck> checks;
    private final BooleanSupplier accepting;
    private volatile Report last = new Report(0, Future.succeededFuture(List.of()));

    private record Outcome(HealthCheck check, JsonObject data, String problem) {
        boolean isUp() {
            return problem == null;
        }
    }

    private record Report(long atMillis, Future<List<Outcome>> outcomes) {}

    /** @param accepting false from the moment a stop is asked for: not ready, though still alive */
    public HealthResource(List<HealthCheck> checks, BooleanSupplier accepting) {
        this.checks = List.copyOf(checks);
        this.accepting = accepting;
    }

    @Override
    public String fragment() {
        return "health";
    }

    @Override
    public void mount(Api api) {
        api.on("getHealth", this::all);
        api.on("getLiveness", request -> alive());
        api.on("getReadiness", this::ready);
        api.on("probeLiveness", request -> alive());
        api.on("probeReadiness", this::ready);
        api.on("probeStartup", request -> alive());
    }

    private Future<Reply> alive() {
        return Future.succeededFuture(Reply.of(200, "{\"status\":\"UP\"}"));
    }

    private Future<Reply> all(Request request) {
        return look().map(outcomes -> answer(request, outcomes, false));
    }

    private Future<Reply> ready(Request request) {
        return look().map(outcomes -> answer(request, outcomes, true));
    }

    private Reply answer(Request request, List<Outcome> outcomes, boolean readiness) {
        boolean usable = accepting.getAsBoolean()
                && outcomes.stream().allMatch(outcome -> outcome.isUp() || !outcome.check.critical());
        boolean well = usable && outcomes.stream().allMatch(Outcome::isUp);
        var list = new JsonArray();
        for (Outcome outcome : outcomes) {
            var entry =
                    new JsonObject().put("name", outcome.check.name()).put("status", outcome.isUp() ? "UP" : "DOWN");
            if (request.principal() != null) {
                entry.put("data", outcome.isUp() ? outcome.data : new JsonObject().put("problem", outcome.problem));
            }
            list.add(entry);
        }
        String status = !usable ? "DOWN" : well || readiness ? "UP" : "DEGRADED";
        return Reply.of(
                usable ? 200 : 503,
                new JsonObject().put("status", status).put("checks", list).encode());
    }

    private Future<List<Outcome>> look() {
        long now = Monotonic.millis();
        Report seen = last;
        if (seen.atMillis != 0 && now - seen.atMillis < FRESH_MILLIS) {
            return seen.outcomes;
        }
        List<Future<Outcome>> asked = checks.stream().map(this::ask).toList();
        Future<List<Outcome>> outcomes =
                Future.join(asked).map(all -> asked.stream().map(Future::result).toList());
        last = new Report(now, outcomes);
        return outcomes;
    }

    /** Always succeeds; a part that fails, throws or says nothing in time is down. */
    private Future<Outcome> ask(HealthCheck check) {
        Future<JsonObject> answer;
        try {
            answer = check.probe().get().timeout(PROBE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RuntimeException cause) {
            answer = Future.failedFuture(cause);
        }
        return answer.map(data -> new Outcome(check, data, null))
                .otherwise(cause -> new Outcome(check, null, describe(cause)));
    }

    private static String describe(Throwable cause) {
        return cause instanceof Failure failure ? failure.getMessage() : "no answer";
    }
}
