package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.scheduler.NodesByHand;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** A job that waits, is cancelled, is retried and is deleted; what it waits for. */
class JobLifeTest extends JobApiRig {
    @Test
    void a_job_is_cancelled_in_every_state_and_retried_and_deleted_when_it_has_ended() {
        fleet.node("n1", NodeStatus.OFFLINE);
        JsonObject queued = made("{'image':'busybox'}");
        assertThat(queued.getString("status")).isEqualTo("QUEUED");
        assertThat(queued.getString("waitingReason")).isEqualTo("no node");
        String id = queued.getString("id");
        assertThat(post("/api/jobs/" + id + "/cancel", "{'reason':'too late'}").body())
                .contains("CANCELLED", "too late");
        assertThat(post("/api/jobs/" + id + "/retry", null).statusCode()).isEqualTo(200);
        fleet.node("n1", NodeStatus.IDLE);
        TestServer.await(fleet.executions.look(id));
        assertThat(get("/api/jobs/" + id).getString("status")).isEqualTo("ASSIGNED");
        assertThat(server.call("DELETE", "/api/jobs/" + id, "operator", null).statusCode())
                .isEqualTo(409);
        post("/api/jobs/" + id + "/cancel", null);
        fleet.work(id);
        assertThat(get("/api/jobs/" + id).getString("status")).isEqualTo("CANCELLED");
        String done = madeId("done");
        fleet.work(done);
        assertThat(post("/api/jobs/" + done + "/cancel", null).statusCode()).isEqualTo(409);
        assertThat(post("/api/jobs/" + done + "/retry", null).statusCode()).isEqualTo(409);
        assertThat(server.call("DELETE", "/api/jobs/" + done, "operator", null).statusCode())
                .isEqualTo(204);
        assertThat(server.call("GET", "/api/jobs/" + done, "viewer", null).statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_job_that_waits_says_why_and_one_that_can_never_run_is_refused_where_asked() {
        fleet.node("n1", NodeStatus.OFFLINE);
        String id = madeId("waits");
        JsonObject none = get("/api/jobs/" + id + "/explain");
        assertThat(none.getString("status")).isEqualTo("QUEUED");
        assertThat(none.getString("message")).contains("there is none yet");
        assertThat(none.getBoolean("never")).isFalse();
        JsonObject plan = new JsonObject(
                post("/api/jobs/plan", "{'image':'busybox','count':3}").body());
        assertThat(plan.getInteger("unplaced")).isEqualTo(3);
        assertThat(plan.getJsonObject("shortOf").getString("message")).contains("there is none yet");
        assertThat(refused(422, "/api/jobs/plan", "{}")).containsExactly("/image");
        assertThat(refused(422, "/api/jobs?strict=true", "{'image':'busybox'}")).containsExactly("/requirements");
        assertThat(refused(422, "/api/execute?strict=true", "{'image':'busybox'}"))
                .containsExactly("/requirements");

        fleet.node("n1", NodeStatus.PENDING);
        NodesByHand.show(scheduler, fleet.find("n1"));
        assertThat(refused(422, "/api/jobs?strict=true", "{'image':'busybox'}"))
                .as("no node has ever registered")
                .containsExactly("/requirements");

        fleet.node("n1", NodeStatus.IDLE);
        NodesByHand.show(scheduler, fleet.find("n1"));
        String large = "{'image':'busybox','requirements':{'cpu':4000}}";
        assertThat(refused(422, "/api/jobs?strict=true", large)).containsExactly("/requirements");
        assertThat(refused(422, "/api/execute?strict=true", large)).containsExactly("/requirements");
        String made = made(large).getString("id");
        fleet.work(made);
        assertThat(get("/api/jobs/" + made + "/explain").getString("message")).startsWith("has ended");
        assertThat(get("/api/jobs?name=waits").getInteger("totalSize")).isEqualTo(1);
    }
}
