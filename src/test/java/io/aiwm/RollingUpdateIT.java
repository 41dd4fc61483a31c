package io.aiwm;

import static io.aiwm.testing.FleetDeployments.SERVE;
import static io.aiwm.testing.FleetDeployments.instances;
import static io.aiwm.testing.FleetDeployments.web;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.SteadyLoad;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Updates under load, on three real workers: a good version costs no request, a bad one goes away by itself and says why. */
@Timeout(600)
@Tag("pairwise")
class RollingUpdateIT {
    private static final int PER_SECOND = 200;
    /** Is up a while before it listens, as an engine that loads a model. */
    private static final String SLOW = SERVE.replace("httpd", "sleep 1; httpd");

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 2);

    private final FleetDeployments deployments = FLEET.deployments();

    private static JsonObject three(int version, JsonObject update) {
        return checked(web(version, SLOW), "wget -q -O /dev/null http://127.0.0.1/")
                .put("replicas", 3)
                .put("update", update);
    }

    private static JsonObject checked(JsonObject body, String command) {
        body.getJsonObject("spec")
                .put(
                        "healthCheck",
                        new JsonObject()
                                .put("command", new JsonArray(List.of(command.split(" "))))
                                .put("intervalMs", 500)
                                .put("retries", 20));
        return body;
    }

    private static JsonObject surging() {
        return new JsonObject().put("maxSurge", 1).put("maxUnavailable", 0);
    }

    private static JsonObject inPlace() {
        return new JsonObject().put("maxUnavailable", 1).put("drainSeconds", 2);
    }

    private SteadyLoad load(String id) {
        return SteadyLoad.of(PER_SECOND, () -> FleetDeployments.addresses(deployments.get(id)));
    }

    @Test
    void a_good_update_and_a_smaller_number_lose_no_request() {
        String id = deployments.create(three(1, surging()));
        deployments.untilAllReady(id, 1);
        SteadyLoad load = load(id);
        try (load) {
            deployments.update(id, three(2, surging()));
            deployments.until(id, seen -> {
                assertThat(seen.getInteger("readyReplicas")).isGreaterThanOrEqualTo(3);
                return "DONE".equals(seen.getJsonObject("rollout").getString("state"));
            });
            deployments.untilAllReady(id, 2);
            deployments.update(id, three(1, inPlace()));
            deployments.untilAllReady(id, 3);
            deployments.scale(id, 2);
            deployments.untilAllReady(id, 3);
        }
        System.out.println("good updates: " + load);
        assertThat(load.lost()).as(load.toString()).isEmpty();
        deployments.nothingElseRuns(id);
        deployments.delete(id);
    }

    @ParameterizedTest
    @CsvSource({
        "surging, exits, exit code 7",
        "surging, never healthy, not ready within 4 s",
        "surging, no image, aiwm-test/does-not-exist:1",
        "in place, exits, exit code 7",
        "in place, never healthy, not ready within 4 s",
        "in place, no image, aiwm-test/does-not-exist:1"
    })
    void a_bad_version_goes_back_by_itself_and_says_why(String how, String fault, String reason) {
        JsonObject update = (how.equals("surging") ? surging() : inPlace()).put("healthDeadlineSeconds", 4);
        String id = deployments.create(three(1, update));
        deployments.untilAllReady(id, 1);
        SteadyLoad load = load(id);
        JsonObject back;
        try (load) {
            deployments.update(id, bad(fault, update));
            back = deployments.until(
                    id,
                    seen -> "ROLLED_BACK".equals(seen.getJsonObject("rollout").getString("state")));
        }
        System.out.println(how + ", " + fault + ": " + load + "; " + back.getJsonObject("rollout"));
        assertThat(back.getJsonObject("rollout").getString("reason")).contains(reason);
        assertThat(back.getJsonObject("rollout").getString("reasonCode"))
                .isIn("START_FAILED", "START_REFUSED", "UPDATE_FAILED");
        assertThat(load.lost()).as(load.toString()).isEmpty();
        JsonObject whole = deployments.untilAllReady(id, 1);
        deployments.eachAnswers(id);
        assertThat(instances(whole)
                        .map(one -> one.getJsonObject("image").getString("id"))
                        .distinct())
                .hasSize(1);
        deployments.nothingElseRuns(id);
        deployments.delete(id);
    }

    private static JsonObject bad(String fault, JsonObject update) {
        JsonObject good = three(2, update);
        JsonObject spec = good.getJsonObject("spec");
        switch (fault) {
            case "exits" -> spec.put("command", new JsonArray(List.of("sh", "-c", "exit 7")));
            case "never healthy" -> checked(good, "false");
            case "no image" -> spec.put("image", "aiwm-test/does-not-exist:1");
            default -> throw new IllegalArgumentException(fault);
        }
        return good;
    }
}
