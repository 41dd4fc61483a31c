package io.aiwm.protocol;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Map;

/**
 * Worker to controller, first message of a session: what this machine is and what runs on it. Repeating it replaces the
 * session. Answered with {@link RegisterAck}.
 *
 * @param nodeId which node the worker wants to be; the credential decides, a different id is refused
 * @param token node token, within one process only; null on every other transport, whose handshake has proven it
 * @param maxParallel how many commands the worker runs at once
 * @param running containers that carry this cluster's labels, whatever their state, at most {@value #MOST_RUNNING}
 * @param unacknowledgedResults command ids whose result the worker still holds, at most {@value #MOST_RESULTS}
 * @param models on its disk, at most {@value NodeModel#MOST}
 * @param modelServer where other workers fetch models from this one, http without a path; null: it serves none
 */
@RecordBuilder
public record NodeRegister(
        String nodeId,
        String token,
        String name,
        String hostname,
        String agentVersion,
        String role,
        String zone,
        Map<String, String> labels,
        List<String> capabilities,
        List<String> runtimes,
        Integer maxParallel,
        SystemInfo system,
        List<Running> running,
        List<String> unacknowledgedResults,
        List<NodeModel> models,
        String modelServer) {
    public static final String TYPE = "node.register";
    /** The capability of nodes whose container engine answers. */
    public static final String CONTAINER_ENGINE = "docker";

    /** So many containers are said of one node. */
    public static final int MOST_RUNNING = 4_096;
    /** So many results, which is all that a worker's journal holds. */
    public static final int MOST_RESULTS = 10_000;

    /**
     * One container (or process) the worker found with our labels.
     *
     * @param ports as in {@link DeploymentStatus}: what was known before the worker was away may be of an earlier run
     */
    public record Running(
            String commandId,
            String deploymentId,
            Integer replica,
            String jobId,
            String containerId,
            String state,
            List<DeploymentStatus.Port> ports) {
        public Running(
                String commandId,
                String deploymentId,
                Integer replica,
                String jobId,
                String containerId,
                String state) {
            this(commandId, deploymentId, replica, jobId, containerId, state, null);
        }
    }

    /** The same with this token. */
    public NodeRegister withToken(String shown) {
        return NodeRegisterBuilder.builder(this).token(shown).build();
    }

    /** The same of this machine. */
    public NodeRegister with(SystemInfo machine) {
        return NodeRegisterBuilder.builder(this).system(machine).build();
    }

    public NodeRegister {
        labels = labels == null ? Map.of() : labels;
        capabilities = capabilities == null ? List.of() : capabilities;
        runtimes = runtimes == null ? List.of() : runtimes;
        running = running == null ? List.of() : running;
        unacknowledgedResults = unacknowledgedResults == null ? List.of() : unacknowledgedResults;
        models = models == null ? List.of() : models;
    }
}
