package io.aiwm.protocol;

/**
 * Worker to controller: a piece of a file that a command made. One piece is under way at a time; each is answered with
 * {@link FileAck}, which says how much the controller holds, and the next piece begins there. So a piece that is sent again
 * does no harm, and a worker that was restarted asks with an empty piece where to go on.
 *
 * @param kind outputs or log
 * @param from where in the file this piece begins, in bytes
 * @param data in base 64, at most {@link #MAX_BYTES} before that
 * @param last the file ends with this piece
 * @param sha256 of the whole file, with the last piece
 */
public record FilePut(
        String sessionId, String commandId, FileKind kind, long from, String data, boolean last, String sha256) {
    public static final String TYPE = "file.put";
    public static final int MAX_BYTES = 256 * 1024;
}
