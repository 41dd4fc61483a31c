package io.aiwm.worker.docker;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a program in a container is given to read. docker-java sends it on a thread of its own, which dies of an exception where the
 * program ends without having read all of it. It need not read it, so this is no fault and prints no stack trace.
 */
final class ProgramInput extends FilterInputStream {
    private static final Logger LOG = LoggerFactory.getLogger(ProgramInput.class);

    private boolean begun;

    ProgramInput(InputStream input) {
        super(input);
    }

    @Override
    public int read() throws IOException {
        begin();
        return super.read();
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
        begin();
        return super.read(into, at, length);
    }

    /** The thread that sends is known from its first reading on. */
    private void begin() {
        if (!begun) {
            begun = true;
            Thread.currentThread()
                    .setUncaughtExceptionHandler(
                            (thread, cause) -> LOG.debug("a program did not read all of its input", cause));
        }
    }
}
