package io.aiwm;

import static io.aiwm.testing.FleetDeployments.SERVE;
import static io.aiwm.testing.FleetDeployments.instances;
import static io.aiwm.testing.FleetDeployments.web;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.TestImages;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code kill -9} of a container, of a worker and of the controller in every phase of a rolling update: it comes to its end, with
 * as many containers as are asked for, all of one version, and none beside them.
 */
@Timeout(900)
class RollingUpdateKilledIT {
    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 2);

    private final FleetDeployments deployments = FLEET.deployments();

    /** How far an update is, told by the record. */
    private enum Phase {
        /** The first new one is made, or the first is being replaced. */
        FIRST_BEGUN,
        FIRST_READY,
        OLD_ONE_STOPS,
        NEXT_BEGUN,
        LAST_ONE;

        boolean isReached(JsonObject seen) {
            return switch (this) {
                case FIRST_BEGUN -> any(seen, Phase::isWorkedOn);
                case FIRST_READY -> any(seen, one -> isNew(seen, one) && one.getBoolean("ready"));
                case OLD_ONE_STOPS -> any(seen, one -> is(one, "DELETING") || is(one, "UPDATING"));
                case NEXT_BEGUN -> FIRST_READY.isReached(seen) && any(seen, Phase::isWorkedOn);
                case LAST_ONE -> !any(seen, one -> !isNew(seen, one) && one.getBoolean("ready"));
            };
        }

        private static boolean any(JsonObject seen, Predicate<JsonObject> is) {
            return instances(seen).anyMatch(is);
        }

        private static boolean isNew(JsonObject seen, JsonObject one) {
            return one.getInteger("generation").equals(seen.getInteger("generation"));
        }

        private static boolean isWorkedOn(JsonObject one) {
            return is(one, "PENDING") || is(one, "DEPLOYING") || is(one, "UPDATING");
        }

        private static boolean is(JsonObject one, String state) {
            return state.equals(one.getString("state"));
        }
    }

    /** Where none is made beside the old ones, the others are the same as these. */
    private static final List<Phase> IN_PLACE = List.of(Phase.FIRST_BEGUN, Phase.FIRST_READY, Phase.LAST_ONE);

    /** Who is killed. */
    private enum Victim {
        CONTAINER_BEFORE,
        NEW_CONTAINER,
        WORKER,
        CONTROLLER
    }

    private static JsonObject surging() {
        return new JsonObject().put("maxSurge", 1).put("maxUnavailable", 0).put("drainSeconds", 1);
    }

    private static JsonObject inPlace() {
        return new JsonObject().put("maxUnavailable", 1).put("drainSeconds", 1);
    }

    @ParameterizedTest
    @EnumSource
    void an_update_comes_to_its_end_whoever_is_killed_in_whichever_phase(Victim victim) {
        for (JsonObject update : List.of(surging(), inPlace())) {
            String id = deployments.create(two(1, update));
            deployments.untilAllReady(id, 1);
            for (Phase phase : update.containsKey("maxSurge") ? List.of(Phase.values()) : IN_PLACE) {
                killedIn(phase, victim, id, update);
            }
            deployments.delete(id);
        }
    }

    private void killedIn(Phase phase, Victim victim, String id, JsonObject update) {
        boolean first = TestImages.web(1).equals(image(deployments.get(id)));
        deployments.update(id, two(first ? 2 : 1, update));
        int to = deployments.get(id).getJsonObject("rollout").getInteger("to");
        JsonObject seen = deployments.until(id, record -> phase.isReached(record) || isOver(record));
        assertThat(phase.isReached(seen))
                .as(phase + " " + seen.encodePrettily())
                .isTrue();
        String states =
                instances(seen).map(RollingUpdateKilledIT::words).toList().toString();
        long begun = System.nanoTime();
        String who = kill(victim, seen);
        JsonObject end = deployments.untilAtRest(id, record -> isOver(record) && isWhole(record));
        JsonObject rollout = end.getJsonObject("rollout");
        System.out.printf(
                "%s %s: killed %s, %s after %d ms, %s%n",
                phase,
                states,
                who,
                rollout.getString("state"),
                (System.nanoTime() - begun) / 1_000_000,
                rollout.getString("reason"));
        assertThat(rollout.getInteger("to")).isEqualTo(to);
        if (victim != Victim.NEW_CONTAINER) { // a version of which a container dies is taken for a bad one
            assertThat(end.getInteger("generation")).as(end.encodePrettily()).isEqualTo(to);
        }
        deployments.nothingElseRuns(id);
        assertThat(instances(end).map(one -> imageOf(one.getString("containerId"))))
                .containsOnly(image(end));
    }

    private static JsonObject two(int version, JsonObject update) {
        return web(version, SERVE).put("replicas", 2).put("update", update);
    }

    private static String image(JsonObject deployment) {
        return deployment.getJsonObject("spec").getString("image");
    }

    private static String imageOf(String container) {
        String[] command = {"inspect", "-f", "{{.Config.Image}}", container};
        return TestImages.run(System.getenv("DOCKER_HOST"), null, command)
                .output()
                .strip();
    }

    private static String words(JsonObject one) {
        return one.getInteger("index") + "/" + one.getInteger("generation") + " " + one.getString("state");
    }

    private static boolean isOver(JsonObject seen) {
        return !seen.getJsonObject("rollout").getString("state").startsWith("ROLLING");
    }

    private static boolean isWhole(JsonObject seen) {
        return instances(seen).count() == 2
                && instances(seen)
                        .allMatch(one -> one.getBoolean("ready")
                                && one.getInteger("generation").equals(seen.getInteger("generation")));
    }

    private String kill(Victim victim, JsonObject seen) {
        AiwmFleet fleet = FLEET.fleet();
        switch (victim) {
            case CONTAINER_BEFORE -> {
                return killContainer(seen, one -> !Phase.isNew(seen, one));
            }
            case NEW_CONTAINER -> {
                return killContainer(seen, one -> Phase.isNew(seen, one));
            }
            case WORKER -> {
                String node = busyNode(seen);
                fleet.killWorker(node);
                return node;
            }
            case CONTROLLER -> fleet.killController();
        }
        return "the controller";
    }

    /** Kills one of these; where none of them has a container yet, nobody. */
    private static String killContainer(JsonObject seen, Predicate<JsonObject> which) {
        var container = instances(seen)
                .filter(one -> which.test(one) && "running".equals(one.getString("containerState")))
                .findFirst();
        container.ifPresent(one -> FLEET.fleet().killContainer(one.getString("containerId")));
        return container.map(RollingUpdateKilledIT::words).orElse("nobody");
    }

    /** Where something is done now. */
    private static String busyNode(JsonObject seen) {
        return instances(seen)
                .filter(one -> !one.getBoolean("ready"))
                .flatMap(one -> Stream.of(one.getString("nodeId"), placedOn(one.getString("lastExecutionId"))))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(AiwmFleet.ON_BUS);
    }

    private static String placedOn(String execution) {
        var answer = FLEET.api().get("/api/executions/" + execution);
        return answer.json().getJsonArray("steps", new JsonArray()).stream()
                .map(step -> ((JsonObject) step).getString("nodeId"))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }
}
