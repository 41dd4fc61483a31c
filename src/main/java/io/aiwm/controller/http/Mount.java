package io.aiwm.controller.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.function.Function;

/**
 * A path of the HTTP port and what answers there. The port knows nothing else of what it serves: the API, the event bridge,
 * worker sockets and the page are mounts, and so is whatever comes to stand beside them.
 *
 * @param path one that ends with {@code /} takes every path that begins with it, any other itself alone, where a part that is
 *     {@code *} stands for any one part; of two that take a path the longer one counts
 * @param socket whether its requests become sockets, which have heartbeats of their own and are never closed as idle
 * @param errors the form in which a request that never reaches the handler is refused
 * @param handler makes the handler of one event loop; called once per instance of {@link HttpApiVerticle}
 */
public record Mount(
        String path, boolean socket, ErrorForm errors, Function<ServerLoop, Handler<HttpServerRequest>> handler) {

    public Mount {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("a mount's path begins with /, not " + path);
        }
    }

    /** Requests and answers, with problem documents for errors. */
    public static Mount of(String path, Function<ServerLoop, Handler<HttpServerRequest>> handler) {
        return new Mount(path, false, ErrorForm.PROBLEM, handler);
    }

    /** Sockets, with problem documents for those that are refused before they are one. */
    public static Mount socket(String path, Function<ServerLoop, Handler<HttpServerRequest>> handler) {
        return new Mount(path, true, ErrorForm.PROBLEM, handler);
    }

    boolean takes(String requested) {
        if (path.endsWith("/")) {
            return requested.startsWith(path);
        }
        return path.indexOf('*') < 0 ? requested.equals(path) : isLike(requested);
    }

    private boolean isLike(String requested) {
        // most requests differ in their last part, which costs less to see than to take all apart
        if (!requested.endsWith(path.substring(path.lastIndexOf('/')))) {
            return false;
        }
        String[] parts = path.split("/", -1);
        String[] given = requested.split("/", -1);
        boolean like = parts.length == given.length;
        for (int i = 0; like && i < parts.length; i++) {
            like = parts[i].equals(given[i]) || (parts[i].equals("*") && !given[i].isEmpty());
        }
        return like;
    }

    /** The longest paths first. Fails with IllegalArgumentException when two mounts have the same path. */
    static List<Mount> inOrder(List<Mount> mounts) {
        if (mounts.stream().map(Mount::path).distinct().count() < mounts.size()) {
            throw new IllegalArgumentException("two mounts have the same path: "
                    + mounts.stream().map(Mount::path).toList());
        }
        return mounts.stream()
                .sorted((a, b) -> Integer.compare(b.path.length(), a.path.length()))
                .toList();
    }
}
