package io.aiwm.controller.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** Finds the operation of a path in one step per segment, however many operations there are. */
final class PathTree {
    private final Branch root = new Branch();

    /** What answers at one path. */
    record Leaf(Operation operation, Function<Request, Future<Reply>> handler) {}

    /** @param leaves by method; never empty */
    record Found(Map<HttpMethod, Leaf> leaves, Map<String, String> parameters) {}

    private static final class Branch {
        private final Map<String, Branch> children = new HashMap<>();
        private final Map<HttpMethod, Leaf> leaves = new HashMap<>();
        private String wildcardName;
        private Branch wildcard;
    }

    void add(Operation operation, Function<Request, Future<Reply>> handler) {
        Branch branch = root;
        for (String segment : segments(operation.path())) {
            if (segment.startsWith("{")) {
                String name = segment.substring(1, segment.length() - 1);
                if (branch.wildcard == null) {
                    branch.wildcard = new Branch();
                    branch.wildcardName = name;
                } else if (!branch.wildcardName.equals(name)) {
                    throw new IllegalStateException(operation.path() + " names {" + name + "} what another path names {"
                            + branch.wildcardName + "}");
                }
                branch = branch.wildcard;
            } else {
                branch = branch.children.computeIfAbsent(segment, key -> new Branch());
            }
        }
        branch.leaves.put(operation.method(), new Leaf(operation, handler));
    }

    /** Null when nothing is there. A literal segment wins over a parameter. */
    Found find(String path) {
        Map<String, String> parameters = Map.of();
        Branch branch = root;
        for (String segment : segments(path)) {
            Branch child = branch.children.get(segment);
            if (child == null && branch.wildcard != null && !segment.isEmpty()) {
                if (parameters.isEmpty()) {
                    parameters = new HashMap<>(4);
                }
                parameters.put(branch.wildcardName, decode(segment));
                child = branch.wildcard;
            }
            if (child == null) {
                return null;
            }
            branch = child;
        }
        return branch.leaves.isEmpty() ? null : new Found(branch.leaves, parameters);
    }

    private static String[] segments(String path) {
        return path.substring(1).split("/", -1);
    }

    /** An escape that cannot be read stays as it is; the parameter's pattern then refuses it. */
    private static String decode(String segment) {
        if (segment.indexOf('%') < 0) {
            return segment;
        }
        try {
            return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException unreadable) {
            return segment;
        }
    }
}
