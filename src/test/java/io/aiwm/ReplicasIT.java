package io.aiwm;

import static io.aiwm.testing.FleetDeployments.SERVE;
import static io.aiwm.testing.FleetDeployments.addresses;
import static io.aiwm.testing.FleetDeployments.instances;
import static io.aiwm.testing.FleetDeployments.web;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.RunningFleet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several replicas on real workers of two transports: spread, updated one after the other, and back from a bad version. */
@Timeout(600)
class ReplicasIT {
    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 1);

    @Test
    void they_are_spread_updated_one_after_the_other_and_come_back_from_a_bad_version() {
        FleetDeployments deployments = FLEET.deployments();
        String id = deployments.create(web(1, SERVE).put("replicas", 3));
        var three = deployments.untilAllReady(id, 1);
        assertThat(instances(three).map(one -> one.getString("nodeId")).distinct())
                .hasSizeGreaterThan(1);
        assertThat(addresses(three)).hasSize(3);
        deployments.nothingElseRuns(id);

        deployments.update(id, web(2, SERVE));
        deployments.until(id, seen -> {
            assertThat(seen.getInteger("readyReplicas")).isGreaterThanOrEqualTo(2);
            return "DONE".equals(seen.getJsonObject("rollout").getString("state"));
        });
        deployments.untilAllReady(id, 2);
        deployments.nothingElseRuns(id);

        deployments.update(id, web(2, "exit 7"));
        var back = deployments.untilAllReady(id, 2);
        assertThat(back.getJsonObject("rollout").getString("state")).isEqualTo("ROLLED_BACK");
        assertThat(back.getJsonObject("rollout").getString("reason")).contains("exit code 7");

        deployments.scale(id, 1);
        deployments.untilAllReady(id, 2);
        deployments.nothingElseRuns(id);
        deployments.delete(id);
    }
}
