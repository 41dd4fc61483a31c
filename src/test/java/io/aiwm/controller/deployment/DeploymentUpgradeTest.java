package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A deployment that the version before has stored while its container ran goes on with that container. */
class DeploymentUpgradeTest {
    @TempDir
    Path folder;

    @Test
    void the_container_is_replica_0_and_nothing_is_done_to_it() {
        try (var fleet = new Fleet(folder)) {
            fleet.node("n1", NodeStatus.IDLE);
            var stored = new JsonObject("""
                    {"id":"dep_1","version":4,"name":"web","spec":{"image":"web:1"},
                     "placement":{"onNodeLost":"reschedule"},"replicas":1,"desired":"RUNNING","status":"RUNNING",
                     "container":{"nodeId":"n1","containerId":"c1","commandId":"ex_1.0.1","state":"running",
                                  "ports":[{"containerPort":80,"hostPort":32000}]},
                     "traces":[],"lastExecutionId":"ex_1","actor":"admin",
                     "createdAt":"2026-11-20T00:00:00.000Z","updatedAt":"2026-11-20T00:00:00.000Z"}""");
            await(fleet.store.insert("deployments", new DocumentStore.Document("dep_1", 4, stored.encode())));
            var held = new HashMap<String, String>();
            await(fleet.deployments.trackClaims((claim, node, amounts, underWay) -> held.put(claim, node)));
            await(new DeploymentSweep(fleet.deployments).run());

            assertThat(await(fleet.deployments.keeps(
                            "n1", new NodeRegister.Running("ex_1.0.1", "dep_1", 0, null, "c1", "running"))))
                    .isTrue();
            assertThat(await(fleet.executions.count(List.of()))).isZero();
            assertThat(held).containsEntry("dep_1/0", "n1");
            var found = await(fleet.deployments.find(Query.where(Query.Condition.eq(Deployments.NODES, "n1"))))
                    .items();
            assertThat(found).hasSize(1);
            assertThat(found.get(0).status()).isEqualTo(DeploymentState.RUNNING);
            assertThat(found.get(0).instance(0).container().containerId()).isEqualTo("c1");
        }
    }
}
