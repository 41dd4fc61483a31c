package io.aiwm.worker.docker;

import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.UnauthorizedException;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Locale;
import java.util.concurrent.TimeoutException;

/** What Docker says, as a category and a sentence that says what to do. */
final class DockerErrors {
    private static final int MOST_TEXT = 500;

    private DockerErrors() {}

    /** @param doing what was tried, e.g. "start the container" */
    static CommandFailure of(String doing, Throwable cause) {
        if (cause instanceof CommandFailure failure) {
            return failure;
        }
        if (cause instanceof DockerException refused) {
            return answered(doing, refused);
        }
        if (has(cause, SocketTimeoutException.class) || has(cause, TimeoutException.class)) {
            return failure(
                    ErrorCategory.TIMEOUT,
                    "the engine did not answer in time when asked to " + doing
                            + "; it may have done it: look before trying again");
        }
        if (has(cause, IOException.class)) {
            return failure(
                    ErrorCategory.ENGINE_UNREACHABLE,
                    "cannot reach the container engine to " + doing
                            + "; check that it runs and that the worker may use its socket (" + text(root(cause))
                            + ")");
        }
        return failure(ErrorCategory.INTERNAL, "could not " + doing + ": " + text(root(cause)));
    }

    /** A pull that failed, whatever way. */
    static CommandFailure pull(String image, Throwable cause) {
        if (!(cause instanceof DockerException) && has(cause, IOException.class)) {
            return of("pull " + image, cause);
        }
        return pull(image, text(root(cause)));
    }

    /** A pull that failed with these words of the engine. */
    static CommandFailure pull(String image, String words) {
        String said = words.toLowerCase(Locale.ROOT);
        String advice;
        if (said.contains("manifest unknown") || said.contains("not found") || said.contains("does not exist")) {
            advice = "check its name and tag, and whether it is public or needs registryAuth";
        } else if (said.contains("unauthorized") || said.contains("denied") || said.contains("authentication")) {
            advice = "give registryAuth of an account that may read it";
        } else if (said.contains("no space left")) {
            return ofThisNode(
                    ErrorCategory.RESOURCE_EXHAUSTED,
                    "no room on this node's disk for image " + image + "; remove unused images or choose another node");
        } else if (said.contains("toomanyrequests") || said.contains("rate limit")) {
            advice = "the registry limits pulls; wait, or give registryAuth";
        } else {
            advice = "check the name, and that this node reaches the registry; an image that is only on the node needs"
                    + " its exact tag";
        }
        return failure(ErrorCategory.IMAGE_PULL, "cannot pull image " + image + ": " + advice + " (" + words + ")");
    }

    private static CommandFailure answered(String doing, DockerException refused) {
        String words = text(refused);
        String said = words.toLowerCase(Locale.ROOT);
        if (said.contains("port is already allocated") || said.contains("address already in use")) {
            return ofThisNode(
                    ErrorCategory.CONFLICT,
                    "a host port is taken on this node; choose another hostPort, or 0 for any free one (" + words
                            + ")");
        }
        if (said.contains("all ports are allocated")) {
            return ofThisNode(
                    ErrorCategory.CONFLICT,
                    "no host port is free on this node in its range (worker.docker.hostPortRange); widen it, or free"
                            + " some (" + words + ")");
        }
        if (said.contains("no space left") || said.contains("cannot allocate memory")) {
            return failure(
                    ErrorCategory.RESOURCE_EXHAUSTED, "this node has too little room to " + doing + " (" + words + ")");
        }
        if (said.contains("could not select device driver") || said.contains("nvidia-container-cli")) {
            return ofThisNode(
                    ErrorCategory.RESOURCE_EXHAUSTED,
                    "this node's engine cannot give GPUs; install the NVIDIA container toolkit or choose another node ("
                            + words + ")");
        }
        if (said.contains("unable to start container process: exec")
                || said.contains("executable file not found")
                || said.contains("no such file or directory: unknown")
                || said.contains("permission denied: unknown")) {
            return failure(
                    ErrorCategory.INVALID,
                    "the image cannot run this command; check command and entrypoint (" + words + ")");
        }
        if (said.contains("no such image")) {
            return ofThisNode(
                    ErrorCategory.IMAGE_PULL,
                    "this node does not have the image; use pullPolicy missing or always, or load it (" + words + ")");
        }
        if (said.contains("failed to create endpoint") || (said.contains("network") && said.contains("not found"))) {
            return failure(
                    ErrorCategory.NETWORK,
                    "the engine's network does not work on this node; restart the engine (" + words + ")");
        }
        return byStatus(doing, refused, words);
    }

    private static CommandFailure byStatus(String doing, DockerException refused, String words) {
        if (refused instanceof NotFoundException) {
            return failure(ErrorCategory.NOT_FOUND, "could not " + doing + ": it is not there (" + words + ")");
        }
        if (refused instanceof ConflictException) {
            return failure(ErrorCategory.CONFLICT, "could not " + doing + " (" + words + ")");
        }
        if (refused instanceof UnauthorizedException) {
            return failure(ErrorCategory.IMAGE_PULL, "the registry refused the credentials (" + words + ")");
        }
        return refused.getHttpStatus() >= 400 && refused.getHttpStatus() < 500
                ? failure(ErrorCategory.INVALID, "the engine refused to " + doing + " (" + words + ")")
                : failure(ErrorCategory.INTERNAL, "the engine failed to " + doing + " (" + words + ")");
    }

    private static CommandFailure failure(ErrorCategory category, String message) {
        return new CommandFailure(category, message);
    }

    /** Nothing has run, and another node may be able to. */
    private static CommandFailure ofThisNode(ErrorCategory category, String message) {
        return new CommandFailure(CommandError.of(category, message).onThisNode());
    }

    /** The engine's own words, without the transport's wrapping. */
    private static String text(Throwable cause) {
        String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        int json = message.indexOf('{');
        if (cause instanceof DockerException && json >= 0) {
            try {
                message = new JsonObject(message.substring(json)).getString("message", message);
            } catch (DecodeException notJson) {
                // then the text as it came says most
            }
        }
        message = message.replaceAll("\\s+", " ").strip();
        return message.length() > MOST_TEXT ? message.substring(0, MOST_TEXT) + "..." : message;
    }

    private static boolean has(Throwable cause, Class<? extends Throwable> type) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (type.isInstance(at)) {
                return true;
            }
        }
        return false;
    }

    private static Throwable root(Throwable cause) {
        Throwable at = cause;
        while (at.getCause() != null && at.getCause() != at) {
            at = at.getCause();
        }
        return at;
    }
}
