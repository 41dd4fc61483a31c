package io.aiwm.controller.model.hub;

/**
 * A pattern of paths: {@code *} is any text, also with slashes, as hubs have it, {@code ?} is one character. Takes time
 * proportional to pattern times path, whatever both are.
 */
public final class Glob {
    public static final int MOST_CHARS = 256;

    private final String pattern;

    public Glob(String pattern) {
        // a folder means all that is in it
        this.pattern = pattern.endsWith("/") ? pattern + "*" : pattern;
    }

    public boolean matches(String path) {
        int at = 0;
        int in = 0;
        int star = -1;
        int resume = 0;
        while (at < path.length()) {
            char wanted = in < pattern.length() ? pattern.charAt(in) : 0;
            if (wanted == '*') {
                star = in++;
                resume = at;
            } else if (in < pattern.length() && (wanted == '?' || wanted == path.charAt(at))) {
                in++;
                at++;
            } else if (star >= 0) {
                // the last star takes one character more; earlier ones never need to
                in = star + 1;
                at = ++resume;
            } else {
                return false;
            }
        }
        while (in < pattern.length() && pattern.charAt(in) == '*') {
            in++;
        }
        return in == pattern.length();
    }
}
