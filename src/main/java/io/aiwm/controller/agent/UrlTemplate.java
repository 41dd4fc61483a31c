package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A URL with arguments as {@code {name}}, each of which becomes one escaped value: none can add a segment, a query or a host. Pure. */
final class UrlTemplate {
    private static final Pattern PLACE = Pattern.compile("\\{([A-Za-z_][A-Za-z0-9_-]{0,62})\\}");

    private static final int MOST_PORT = 65_535;

    private final String text;

    UrlTemplate(String text) {
        this.text = text;
    }

    /** The names of its places, in order. */
    Set<String> names() {
        var names = new LinkedHashSet<String>();
        Matcher matcher = PLACE.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    /** What is wrong with it; null: nothing. */
    String mistake() {
        int scheme = text.indexOf("://");
        int path = scheme < 0 ? -1 : indexOfAny(text, scheme + 3);
        String origin = path < 0 ? text : text.substring(0, path);
        if (origin.indexOf('{') >= 0) {
            return "has an argument before its path: the server must be fixed";
        }
        String plain = PLACE.matcher(text).replaceAll("x");
        if (plain.indexOf('{') >= 0 || plain.indexOf('}') >= 0) {
            return "has a brace that is no argument; arguments are written {name}";
        }
        try {
            URI uri = new URI(plain);
            boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (!http || uri.getHost() == null) {
                return "must begin with http:// or https:// and a host";
            }
            if (uri.getRawUserInfo() != null) {
                return "must not carry a user or a password: name a stored secret in authorization";
            }
            if (uri.getPort() == 0 || uri.getPort() > MOST_PORT) {
                return "has a port that is not from 1 to " + MOST_PORT;
            }
            return uri.getRawFragment() != null ? "must not have a fragment" : null;
        } catch (java.net.URISyntaxException unreadable) {
            return "is no URL";
        }
    }

    private static int indexOfAny(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if ("/?#".indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /**
     * The URL with these arguments; one that is missing is empty. Fails with UNPROCESSABLE for a value with the segment {@code .} or
     * {@code ..}: many servers decode a path before they resolve it; and for none in the path: it would be the path of something else,
     * such as of all of a kind.
     */
    String filled(JsonObject arguments) {
        int query = text.indexOf('?') < 0 ? text.length() : text.indexOf('?');
        return PLACE.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(
                        escaped(found.group(1), arguments.getValue(found.group(1)), found.start() < query)));
    }

    private static String escaped(String name, Object value, boolean inPath) {
        String plain = plain(value);
        if (inPath && plain.isEmpty()) {
            throw Failure.unprocessable("/" + name, "must have a value: it stands in the path");
        }
        for (String segment : plain.split("[/\\\\]", -1)) {
            if (segment.equals(".") || segment.equals("..")) {
                throw Failure.unprocessable("/" + name, "must not have the segment . or ..");
            }
        }
        return escaped(plain);
    }

    private static String plain(Object value) {
        if (value == null) {
            return "";
        }
        return value instanceof JsonObject object
                ? object.encode()
                : value instanceof JsonArray array ? array.encode() : value.toString();
    }

    /** A value for a query. */
    static String escapedValue(Object value) {
        return escaped(plain(value));
    }

    private static String escaped(String plain) {
        return URLEncoder.encode(plain, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }
}
