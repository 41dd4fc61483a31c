package io.aiwm.worker.job;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which paths of a work directory are wanted: {@code *} and {@code ?} stand for characters of one name, {@code **} for any
 * number of folders. A pattern that fits a folder takes all that is in it. Remembers which patterns fitted something.
 */
public final class Globs {
    private static final int LONGEST = 1_000;

    private record Glob(String text, GlobSteps steps) {}

    private final List<Glob> globs = new ArrayList<>();
    private final Set<String> fitted = new LinkedHashSet<>();

    public Globs(List<String> patterns) {
        for (String text : patterns) {
            globs.add(new Glob(text, GlobSteps.of(clean(text))));
        }
    }

    /** What is wrong with a pattern; null: nothing. */
    static String refusal(String text) {
        if (text == null || text.isBlank() || text.length() > LONGEST) {
            return "must have 1 to " + LONGEST + " characters";
        }
        if (text.startsWith("/") || text.indexOf('\0') >= 0 || text.indexOf('\\') >= 0) {
            return "must be relative to the work directory, with / between names";
        }
        return List.of(text.split("/")).contains("..") ? "must not contain .." : null;
    }

    /** @param path relative, with / between names and none at its end */
    public boolean fits(String path) {
        boolean any = false;
        int[] characters = path.codePoints().toArray();
        for (Glob glob : globs) {
            if (glob.steps.fits(characters)) {
                fitted.add(glob.text);
                any = true;
            }
        }
        return any;
    }

    public List<String> unfitted() {
        return globs.stream()
                .map(Glob::text)
                .filter(text -> !fitted.contains(text))
                .toList();
    }

    /**
     * The fewest folders or files that hold everything that can fit, without wildcards; "" is the work directory itself.
     */
    public List<String> roots() {
        var roots = new TreeSet<String>();
        for (Glob glob : globs) {
            roots.add(root(clean(glob.text)));
        }
        return roots.stream()
                .filter(root -> roots.stream()
                        .noneMatch(other -> !other.equals(root) && (other.isEmpty() || root.startsWith(other + "/"))))
                .toList();
    }

    private static String root(String pattern) {
        var kept = new ArrayList<String>();
        for (String name : pattern.split("/")) {
            if (name.contains("*") || name.contains("?")) {
                break;
            }
            kept.add(name);
        }
        return String.join("/", kept);
    }

    private static String clean(String text) {
        return String.join(
                "/",
                List.of(text.split("/")).stream()
                        .filter(name -> !name.isEmpty() && !name.equals("."))
                        .toList());
    }
}
