package io.aiwm.worker.docker;

/** The labels by which a worker knows its containers again, after any restart of anything. */
final class Labels {
    /** All of ours begin with this; users may not set such labels. */
    static final String PREFIX = "aiwm.";

    static final String CLUSTER = "aiwm.cluster";
    static final String NODE = "aiwm.node";
    static final String COMMAND = "aiwm.command";
    static final String EXECUTION = "aiwm.execution";
    static final String STEP = "aiwm.step";
    static final String ATTEMPT = "aiwm.attempt";
    static final String DEPLOYMENT = "aiwm.deployment";
    static final String REPLICA = "aiwm.replica";
    static final String JOB = "aiwm.job";
    static final String SPEC_HASH = "aiwm.specHash";
    /** The container an update replaces and that ran when it began; what a failed update starts again. */
    static final String REPLACES = "aiwm.replaces";

    /** {@code always}: the engine restarts it, also when the engine itself starts, unless it was stopped. */
    static final String RESTART = "aiwm.restart";

    private Labels() {}
}
