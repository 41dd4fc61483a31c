package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * How far a command or a download is that brings files. Numbers are in bytes.
 *
 * @param bytesDone of all files
 * @param bytesTotal of all files; null: not known
 * @param bytesPerSecond of the last seconds; null: nothing came yet
 * @param secondsLeft null: not known
 * @param file the one that comes now; null: none does
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TransferProgress(long bytesDone, Long bytesTotal, Long bytesPerSecond, Long secondsLeft, File file) {

    /** @param bytesTotal null: not known */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record File(String path, long bytesDone, Long bytesTotal) {
        private static final int LONGEST = 512;

        public File {
            path = path != null && path.length() > LONGEST ? path.substring(0, LONGEST) : path;
        }
    }

    /**
     * With the time that is left at this speed.
     *
     * @param total -1: not known
     * @param bytesPerSecond 0: not known
     */
    public static TransferProgress of(long done, long total, long bytesPerSecond, File file) {
        boolean moves = bytesPerSecond > 0;
        return new TransferProgress(
                done,
                total < 0 ? null : total,
                moves ? bytesPerSecond : null,
                moves && total >= 0 ? Math.max(0, total - done) / bytesPerSecond : null,
                file);
    }
}
