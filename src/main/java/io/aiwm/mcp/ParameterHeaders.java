package io.aiwm.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Arguments that a tool wants repeated in headers ({@code x-mcp-header} in its schema). */
public final class ParameterHeaders {
    private static final String MARK = "x-mcp-header";
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");
    private static final Set<String> PRIMITIVE = Set.of("string", "integer", "boolean");
    private static final long LARGEST_SAFE = (1L << 53) - 1;

    /** Of each header the names that lead to its value. */
    private final Map<String, List<String>> paths;

    private ParameterHeaders(Map<String, List<String>> paths) {
        this.paths = paths;
    }

    /** Fails with IllegalArgumentException, saying why, if the schema breaks the rules; its tool may not be used then. */
    public static ParameterHeaders of(ObjectNode schema) {
        var found = new LinkedHashMap<String, List<String>>();
        var seen = new ArrayList<String>();
        walk(schema, List.of(), true, found, seen);
        if (seen.stream().map(name -> name.toLowerCase(Locale.ROOT)).distinct().count() < seen.size()) {
            throw new IllegalArgumentException("two parameters want the same header");
        }
        return new ParameterHeaders(found);
    }

    private static void walk(
            JsonNode node, List<String> path, boolean reachable, Map<String, List<String>> found, List<String> seen) {
        if (node.isArray()) {
            node.forEach(one -> walk(one, path, false, found, seen));
            return;
        }
        if (!node.isObject()) {
            return;
        }
        if (node.has(MARK)) {
            mark(node, path, reachable, found, seen);
        }
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            if (member.getKey().equals("properties") && member.getValue().isObject()) {
                for (Map.Entry<String, JsonNode> property : member.getValue().properties()) {
                    var deeper = new ArrayList<>(path);
                    deeper.add(property.getKey());
                    walk(property.getValue(), deeper, reachable, found, seen);
                }
            } else if (!Set.of("enum", "const", "default", "examples").contains(member.getKey())) {
                walk(member.getValue(), path, false, found, seen);
            }
        }
    }

    private static void mark(
            JsonNode node, List<String> path, boolean reachable, Map<String, List<String>> found, List<String> seen) {
        String name = node.path(MARK).textValue();
        if (name == null || !TOKEN.matcher(name).matches()) {
            throw new IllegalArgumentException(MARK + " is no name of a header");
        }
        if (!reachable || path.isEmpty()) {
            throw new IllegalArgumentException(MARK + " " + name + " stands where no single argument is");
        }
        if (!PRIMITIVE.contains(node.path("type").asText())) {
            throw new IllegalArgumentException(MARK + " " + name + " is of no text, whole number or boolean");
        }
        seen.add(name);
        found.put(name, path);
    }

    /** The headers of a call. Arguments that are missing or null have none. */
    public Map<String, String> values(JsonNode arguments) {
        var headers = new LinkedHashMap<String, String>();
        paths.forEach((name, path) -> {
            JsonNode value = arguments;
            for (String step : path) {
                value = value.path(step);
            }
            boolean safe = !value.isNumber()
                    || (value.isIntegralNumber()
                            && value.canConvertToLong()
                            && Math.abs(value.longValue()) <= LARGEST_SAFE);
            if (value.isValueNode() && !value.isNull() && safe) {
                headers.put(ProtocolRevision.HEADER_PARAMETER + name, HeaderText.encode(value.asText()));
            }
        });
        return headers;
    }
}
