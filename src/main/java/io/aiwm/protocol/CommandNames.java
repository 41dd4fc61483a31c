package io.aiwm.protocol;

import java.util.Set;

/** The commands a step may name. A worker has one handler for each of {@link #ALL}. */
public final class CommandNames {
    public static final String DEPLOYMENT_CREATE = "deployment.create";
    public static final String DEPLOYMENT_STOP = "deployment.stop";
    public static final String DEPLOYMENT_RESTART = "deployment.restart";
    public static final String DEPLOYMENT_UPDATE = "deployment.update";
    public static final String DEPLOYMENT_DELETE = "deployment.delete";

    /** Has the engine in a container give the memory of its GPUs back; the container stays, with its model in its memory. */
    public static final String DEPLOYMENT_SLEEP = "deployment.sleep";

    /** The way back from {@link #DEPLOYMENT_SLEEP}. */
    public static final String DEPLOYMENT_WAKE = "deployment.wake";

    public static final String MODEL_DOWNLOAD = "model.download";
    public static final String MODEL_CACHE = "model.cache";
    public static final String MODEL_DELETE = "model.delete";
    public static final String SYSTEM_HEALTH_CHECK = "system.healthCheck";
    public static final String SYSTEM_RESTART = "system.restart";
    public static final String SYSTEM_UPDATE = "system.update";
    public static final String PROXY_CONFIGURE = "proxy.configure";
    public static final String JOB_RUN = "job.run";

    /** Its steps open and watch other executions: the controller itself does that, and no worker ever hears of it. */
    public static final String JOB_ARRAY = "job.array";

    /** Fetches a model into the object store: the controller itself does that, too. */
    public static final String MODEL_PULL = "model.pull";

    /** Makes the calls of a batch: the controller itself does that, too. */
    public static final String BATCH_RUN = "batch.run";

    /** Calls the model of an agent: the controller itself does that, too. */
    public static final String AGENT_MODEL = "agent.model";

    /** Calls a tool of an agent: the controller itself does that, too. */
    public static final String AGENT_TOOL = "agent.tool";

    /** Carries out one case of an evaluation: the controller itself does that, too. */
    public static final String AGENT_TRIAL = "agent.trial";

    private static final Set<String> CONTROLLERS =
            Set.of(JOB_ARRAY, MODEL_PULL, BATCH_RUN, AGENT_MODEL, AGENT_TOOL, AGENT_TRIAL);

    public static final Set<String> ALL = Set.of(
            DEPLOYMENT_CREATE,
            DEPLOYMENT_STOP,
            DEPLOYMENT_RESTART,
            DEPLOYMENT_UPDATE,
            DEPLOYMENT_DELETE,
            DEPLOYMENT_SLEEP,
            DEPLOYMENT_WAKE,
            MODEL_DOWNLOAD,
            MODEL_CACHE,
            MODEL_DELETE,
            SYSTEM_HEALTH_CHECK,
            SYSTEM_RESTART,
            SYSTEM_UPDATE,
            PROXY_CONFIGURE,
            JOB_RUN);

    /**
     * Those that only take away what is on a node. Their step belongs to its node also when that is cordoned or drained:
     * without them a closed node could never become empty.
     */
    public static final Set<String> CLEARING =
            Set.of(DEPLOYMENT_STOP, DEPLOYMENT_DELETE, DEPLOYMENT_SLEEP, MODEL_DELETE);

    private CommandNames() {}

    /** Whether the controller carries it out instead of a worker. */
    public static boolean isControllers(String command) {
        return CONTROLLERS.contains(command);
    }
}
