package io.aiwm.boot;

/** The reason why the process does not start, written for the operator. Printed unchanged, without a stack trace. */
public final class StartFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Exit code of anything that failed. */
    public static final int FAILED = 1;
    /** Exit code of a command line that cannot be understood. */
    public static final int USAGE = 2;

    public final int exitCode;

    public StartFailure(String sentence) {
        this(sentence, FAILED);
    }

    StartFailure(String sentence, int exitCode) {
        super(sentence, null, false, false);
        this.exitCode = exitCode;
    }
}
