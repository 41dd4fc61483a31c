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

    /**
     * Where to look for what fits, without wildcards; the path "" is the work directory itself.
     *
     * @param below patterns go on below it: where it is a link, it is followed
     * @param covered the roots before it contain all of it, unless there is a link on its way
     */
    public record Root(String path, boolean below, boolean covered) {}

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

    /** The folders and files that hold everything that can fit, each after those that cover it. */
    public List<Root> roots() {
        var whole = new TreeSet<String>();
        var begun = new TreeSet<String>();
        for (Glob glob : globs) {
            String pattern = clean(glob.text);
            String root = root(pattern);
            (root.equals(pattern) ? whole : begun).add(root);
        }
        var paths = new TreeSet<>(whole);
        paths.addAll(begun);
        var roots = new ArrayList<Root>();
        for (String path : paths) {
            boolean covered = paths.stream()
                    .anyMatch(other -> !other.equals(path) && (other.isEmpty() || path.startsWith(other + "/")));
            if (whole.contains(path)) {
                roots.add(new Root(path, false, covered));
            }
            if (begun.contains(path)) {
                roots.add(new Root(path, true, covered || whole.contains(path)));
            }
        }
        return roots;
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
