package io.aiwm.protocol;

/**
 * Controller to worker: a piece of a file.
 *
 * @param from where it begins, in bytes
 * @param data in base 64, at most {@link FilePut#MAX_BYTES} before that; null with an error
 * @param last the file ends with this piece
 * @param error it may not be had, or not now
 */
public record FileChunk(String commandId, String fileId, long from, String data, boolean last, CommandError error) {
    public static final String TYPE = "file.chunk";
}
