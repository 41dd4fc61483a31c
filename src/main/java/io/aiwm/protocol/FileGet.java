package io.aiwm.protocol;

/**
 * Worker to controller: send a piece of the inputs that this command names. Answered with {@link FileChunk}; harmless to
 * repeat.
 *
 * @param from where the piece begins, in bytes
 */
public record FileGet(String sessionId, String commandId, String fileId, long from) {
    public static final String TYPE = "file.get";
}
