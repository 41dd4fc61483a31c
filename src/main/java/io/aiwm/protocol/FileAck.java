package io.aiwm.protocol;

/**
 * Controller to worker: how much of a command's file it holds.
 *
 * @param from of the piece that this answers: an answer to another one than the last says nothing new
 * @param size how many bytes are held; go on from there
 * @param fileId the file is complete, stored, and called this; null before
 * @param error it was not taken; {@code retryable} says whether sending it again may help
 */
public record FileAck(String commandId, FileKind kind, long from, long size, String fileId, CommandError error) {
    public static final String TYPE = "file.ack";
}
