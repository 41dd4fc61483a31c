package io.aiwm.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Json;
import io.aiwm.controller.execution.Execution;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** What a job shows, in which order, and that what it does not have is left out. */
class JobViewTest {
    private static final String SPEC = "\"index\":0,\"command\":\"job.run\",\"maxRetries\":1,\"onNodeLost\":\"fail\"";

    @Test
    void everything_that_was_asked_for_and_happened_is_shown() {
        Execution job = job(
                "COMPLETED",
                SPEC
                        + ",\"nodeId\":\"n1\",\"timeoutMs\":9,\"data\":{\"image\":\"web\",\"env\":{\"A\":\"b\",\"PASSWORD\":\"c\"},"
                        + "\"outputs\":[\"o\"]},\"requires\":{\"cpu\":1.5,\"memoryBytes\":5,\"gpus\":{\"count\":2,\"model\":\"H\"},"
                        + "\"zone\":\"z\",\"labelSelector\":\"a=b\",\"capabilities\":[\"docker\"],\"runtime\":\"r\",\"role\":\"q\","
                        + "\"models\":[\"m\"],\"diskBytes\":7}",
                "\"output\":{\"exitCode\":3,\"oomKilled\":false,\"log\":{\"fileId\":\"f\",\"sizeBytes\":4}},"
                        + "\"queuedAt\":\"2026-11-28T06:53:32.923Z\",\"attempts\":[{\"nodeId\":\"n1\",\"messageId\":\"x\","
                        + "\"queuedAt\":\"2026-11-28T06:53:32.923Z\",\"assignedAt\":\"2026-11-28T06:53:33Z\","
                        + "\"startedAt\":\"2026-11-28T06:53:33.000051Z\",\"outcome\":\"COMPLETED\",\"claim\":{\"cpu\":1.5,"
                        + "\"memoryBytes\":5,\"gpus\":[{\"index\":1,\"memoryBytes\":8}]}}]");

        assertThat(JobView.of(job, null).encode())
                .isEqualTo("{\"id\":\"job_1\",\"version\":4,\"name\":\"one\",\"status\":\"COMPLETED\",\"progress\":100,"
                        + "\"image\":\"web\",\"env\":{\"A\":\"b\",\"PASSWORD\":\"***\"},\"outputs\":[\"o\"],"
                        + "\"requirements\":{\"cpu\":1.5,\"memoryBytes\":5,\"gpus\":{\"count\":2,\"model\":\"H\"},"
                        + "\"zone\":\"z\",\"labelSelector\":\"a=b\",\"capabilities\":[\"docker\"],\"runtime\":\"r\","
                        + "\"role\":\"q\",\"nodeId\":\"n1\",\"models\":[\"m\"],\"diskBytes\":7},\"priority\":50,"
                        + "\"preemptible\":false,\"timeoutMs\":9,\"maxRetries\":1,\"onNodeLost\":\"fail\",\"exitCode\":3,"
                        + "\"oomKilled\":false,\"logFile\":{\"fileId\":\"f\",\"sizeBytes\":4},"
                        + "\"createdAt\":\"2026-11-28T06:53:32Z\",\"queuedAt\":\"2026-11-28T06:53:32.923Z\","
                        + "\"startedAt\":\"2026-11-28T06:53:33.000051Z\",\"nodeId\":\"n1\",\"attempt\":1,\"attempts\":[{"
                        + "\"number\":1,\"nodeId\":\"n1\",\"queuedAt\":\"2026-11-28T06:53:32.923Z\","
                        + "\"assignedAt\":\"2026-11-28T06:53:33Z\",\"startedAt\":\"2026-11-28T06:53:33.000051Z\","
                        + "\"outcome\":\"COMPLETED\",\"claim\":{\"cpu\":1.5,\"memoryBytes\":5,\"gpus\":[{\"index\":1,"
                        + "\"memoryBytes\":8}]}}]}");
    }

    @Test
    void what_it_does_not_have_is_left_out() {
        Execution job = job("RUNNING", SPEC, "\"message\":\"no room\",\"attempts\":[]");

        assertThat(JobView.of(job, null).encode())
                .isEqualTo("{\"id\":\"job_1\",\"version\":4,\"name\":\"one\",\"status\":\"QUEUED\",\"progress\":100,"
                        + "\"requirements\":{},\"priority\":50,\"preemptible\":false,\"maxRetries\":1,"
                        + "\"onNodeLost\":\"fail\",\"waitingReason\":\"no room\",\"createdAt\":\"2026-11-28T06:53:32Z\","
                        + "\"attempt\":0,\"attempts\":[]}");
        assertThat(JobView.listed(job).fieldNames()).doesNotContain("attempts");
    }

    private static Execution job(String status, String spec, String step) {
        String stepStatus = status.equals("RUNNING") ? "QUEUED" : status;
        return Json.decode(
                new JsonObject(
                        "{\"id\":\"job_1\",\"version\":4,\"name\":\"one\",\"category\":\"job\",\"status\":\"" + status
                                + "\",\"progress\":100,\"createdAt\":\"2026-11-28T06:53:32Z\",\"notes\":[],\"steps\":[{\"spec\":{"
                                + spec + "},\"status\":\"" + stepStatus + "\"," + step + "}]}"),
                Execution.class);
    }
}
