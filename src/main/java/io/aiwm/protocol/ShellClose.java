package io.aiwm.protocol;

/** Controller to worker: nobody uses this shell any more; its processes are ended. */
public record ShellClose(String shellId) {
    public static final String TYPE = "shell.close";
}
