package io.aiwm.protocol;

/** What a file of a job is; lower case because it travels. */
public enum FileKind {
    /** An archive to be unpacked before it runs. */
    inputs,
    /** What it made, a tar.gz. */
    outputs,
    /** The end of what it wrote to its standard output and error. */
    log
}
