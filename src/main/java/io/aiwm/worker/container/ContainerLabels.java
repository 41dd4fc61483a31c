package io.aiwm.worker.container;

/** The labels by which a worker knows its containers again, after any restart of anything. */
public final class ContainerLabels {
    /** All of ours begin with this; users may not set such labels. */
    static final String PREFIX = "aiwm.";

    public static final String CLUSTER = "aiwm.cluster";
    public static final String NODE = "aiwm.node";
    public static final String COMMAND = "aiwm.command";
    public static final String EXECUTION = "aiwm.execution";
    static final String STEP = "aiwm.step";
    public static final String ATTEMPT = "aiwm.attempt";
    public static final String DEPLOYMENT = "aiwm.deployment";
    public static final String REPLICA = "aiwm.replica";
    static final String JOB = "aiwm.job";
    public static final String SPEC_HASH = "aiwm.specHash";
    /** The container an update replaces and that ran when it began; what a failed update starts again. */
    static final String REPLACES = "aiwm.replaces";

    /** The models it mounts, {@code name} or {@code name@version}, with commas: while it exists, they stay. */
    public static final String MODELS = "aiwm.models";

    /** Indices of the GPUs it was given, with commas. */
    public static final String GPUS = "aiwm.gpus";

    /** {@code always}: the engine restarts it, also when the engine itself starts, unless it was stopped. */
    public static final String RESTART = "aiwm.restart";

    /** The probes of its spec as JSON, which a worker goes on with after its restart. */
    static final String PROBES = "aiwm.probes";

    private ContainerLabels() {}
}
