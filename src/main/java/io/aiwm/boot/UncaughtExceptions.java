package io.aiwm.boot;

import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs uncaught exceptions as Vert.x does, except for one that is not a fault. */
final class UncaughtExceptions {
    private static final Logger LOG = LoggerFactory.getLogger(UncaughtExceptions.class);
    private static final String CHANNEL_PROMISE = "io.vertx.core.net.impl.DelegatingChannelPromise";
    private static final String CONNECTION = "io.vertx.core.eventbus.impl.clustered.OutboundConnection";

    private UncaughtExceptions() {}

    static void log(Throwable cause) {
        if (isOfABrokenWrite(cause)) {
            LOG.debug("a message to a member of the cluster that is gone could not be written");
        } else {
            LOG.error("Unhandled exception", cause);
        }
    }

    /**
     * Vert.x, still in 5.1.10: when a member dies, every message that is being written to it ends in an IllegalStateException "Promise
     * already completed", though no promise was completed twice. {@code OutboundDeliveryContext.tryFail} passes the failure
     * on to whom it concerns and then returns false, as if it had not, and {@code Promise.fail}, which is called when the
     * write fails, takes that for a second completion. The sender is told of the failure, or times out, either way.
     */
    static boolean isOfABrokenWrite(Throwable cause) {
        StackTraceElement[] stack = cause.getStackTrace();
        return cause instanceof IllegalStateException
                && "Promise already completed".equals(cause.getMessage())
                && stack.length > 1
                && isOfPromise(stack[0], "fail")
                && isOfPromise(stack[1], "complete")
                && Arrays.stream(stack)
                        .map(StackTraceElement::getClassName)
                        .anyMatch(name -> name.equals(CHANNEL_PROMISE) || name.equals(CONNECTION));
    }

    private static boolean isOfPromise(StackTraceElement frame, String method) {
        return frame.getClassName().equals("io.vertx.core.Promise")
                && frame.getMethodName().equals(method);
    }
}
