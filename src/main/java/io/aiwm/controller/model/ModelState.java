package io.aiwm.controller.model;

/** How far a version of a model is. */
public enum ModelState {
    /** It has no files yet. */
    PENDING,
    /** Files are coming in from users. */
    UPLOADING,
    /** Files are being fetched by an execution. */
    DOWNLOADING,
    /** All files are here and are looked at. */
    VERIFYING,
    /** It never changes again. */
    READY,
    FAILED;

    /** Whether files may be added to a version in this state. */
    public boolean isOpen() {
        return switch (this) {
            case PENDING, UPLOADING, DOWNLOADING -> true;
            case VERIFYING, READY, FAILED -> false;
        };
    }

    /** Whether it waits for users who send files. */
    boolean isUpload() {
        return this == PENDING || this == UPLOADING;
    }

    public boolean mayBecome(ModelState next) {
        return switch (this) {
            case PENDING -> next == UPLOADING || next == DOWNLOADING || next == FAILED;
            case UPLOADING -> next == VERIFYING || next == FAILED;
            case DOWNLOADING -> next == VERIFYING || next == FAILED;
            case VERIFYING -> next == READY || next == FAILED;
            // an execution that is retried goes on where it was
            case FAILED -> next == DOWNLOADING;
            case READY -> false;
        };
    }
}
