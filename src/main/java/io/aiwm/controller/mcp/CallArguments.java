package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * The arguments of a tool as a request of the API.
 *
 * @param uri path and query
 * @param body null: none
 * @param waitSeconds how long its caller wants to wait for the end of what it begins
 */
record CallArguments(String method, String uri, Map<String, String> headers, JsonNode body, int waitSeconds) {
    static final int MOST_WAIT_SECONDS = 300;

    private static final int LONGEST_HEADER = 1_000;

    /** Fails with IllegalArgumentException, whose message tells a model what to mend. What the values mean, the API judges. */
    static CallArguments of(ApiOperation operation, ObjectNode arguments) {
        List<String> known =
                operation.arguments().stream().map(ApiOperation.Argument::name).toList();
        boolean takesBody = operation.input().path("properties").has(ApiOperation.BODY);
        arguments.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name) && !(takesBody && name.equals(ApiOperation.BODY))) {
                throw new IllegalArgumentException("argument \"" + name + "\" is not known to " + operation.name()
                        + "; it takes " + known + (takesBody ? " and body" : ""));
            }
        });
        String path = operation.path();
        var query = new StringJoiner("&");
        Map<String, String> headers = new LinkedHashMap<>();
        int wait = 0;
        for (ApiOperation.Argument argument : operation.arguments()) {
            JsonNode value = arguments.path(argument.name());
            boolean given = !value.isMissingNode() && !value.isNull();
            switch (argument.in()) {
                case "path" -> {
                    if (!given) {
                        throw new IllegalArgumentException("argument \"" + argument.name() + "\" is missing");
                    }
                    path = path.replace("{" + argument.wire() + "}", encoded(text(argument, value)));
                }
                case "query" ->
                    (value.isArray() ? value.valueStream().toList() : given ? List.of(value) : List.<JsonNode>of())
                            .forEach(one -> query.add(argument.wire() + "=" + encoded(text(argument, one))));
                default -> {
                    if (given && argument.name().equals(ApiOperation.WAIT)) {
                        wait = seconds(value);
                        headers.put(argument.wire(), "wait=" + wait);
                    } else if (given) {
                        headers.put(argument.wire(), header(argument, value));
                    }
                }
            }
        }
        return new CallArguments(
                operation.method(),
                query.length() == 0 ? path : path + "?" + query,
                headers,
                arguments.get(ApiOperation.BODY),
                wait);
    }

    private static int seconds(JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
            throw new IllegalArgumentException("argument \"wait\" must be a whole number of seconds from 0 on");
        }
        return Math.min(value.intValue(), MOST_WAIT_SECONDS);
    }

    private static String text(ApiOperation.Argument argument, JsonNode value) {
        if (!value.isValueNode() || value.isNull()) {
            throw new IllegalArgumentException("argument \"" + argument.name() + "\" must be a single value");
        }
        return value.asText();
    }

    /** A version is put between quotes, as If-Match wants it. */
    private static String header(ApiOperation.Argument argument, JsonNode value) {
        String text = text(argument, value);
        if (text.length() > LONGEST_HEADER || !text.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
            throw new IllegalArgumentException("argument \"" + argument.name()
                    + "\" must have visible ASCII characters, " + LONGEST_HEADER + " at most");
        }
        return argument.wire().equals("If-Match") && text.chars().allMatch(Character::isDigit)
                ? "\"" + text + "\""
                : text;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
