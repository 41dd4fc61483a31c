package io.aiwm.protocol;

/** Controller to worker: nobody reads this stream any more. */
public record LogsStop(String streamId) {
    public static final String TYPE = "logs.stop";
}
