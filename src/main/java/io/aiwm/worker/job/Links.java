package io.aiwm.worker.job;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Symbolic links in a work directory: which stay in it. */
public final class Links {
    private static final int MOST_FOLLOWED = 40;

    private Links() {}

    /**
     * What a link that stays in the work directory says, relative to the folder it is in; null for one that leads out, or
     * that goes up after it has gone down: where that ends depends on other links.
     *
     * @param path of the link in the work directory
     * @param workDir where the work directory is for the program, for links that say it in full
     */
    public static String inside(String path, String target, String workDir) {
        if (target.isEmpty() || target.indexOf('\0') >= 0) {
            return null;
        }
        int depth = parts(path).size() - 1;
        List<String> down;
        int ups = 0;
        if (target.startsWith("/")) {
            List<String> all = parts(target);
            List<String> work = parts(workDir);
            if (all.size() < work.size() || !all.subList(0, work.size()).equals(work)) {
                return null;
            }
            ups = depth;
            down = all.subList(work.size(), all.size());
        } else {
            down = parts(target);
            while (ups < down.size() && down.get(ups).equals("..")) {
                ups++;
            }
            down = down.subList(ups, down.size());
        }
        if (ups > depth || down.contains("..")) {
            return null;
        }
        var words = new ArrayList<>(Collections.nCopies(ups, ".."));
        words.addAll(down);
        return words.isEmpty() ? "." : String.join("/", words);
    }

    /** Where a link leads, as a path of the work directory. @param target as {@link #inside} says it */
    public static String led(String path, String target) {
        var at = new ArrayList<>(parts(path));
        at.remove(at.size() - 1);
        for (String part : parts(target)) {
            if (part.equals("..")) {
                at.remove(at.size() - 1);
            } else {
                at.add(part);
            }
        }
        return String.join("/", at);
    }

    /** Where a path ends when all links on its way are followed; null: in a circle. @param links what each says, by path */
    static String end(String path, Map<String, String> links) {
        List<String> rest = parts(path);
        for (int followed = 0; followed <= MOST_FOLLOWED; followed++) {
            int length = 1;
            while (length <= rest.size() && !links.containsKey(String.join("/", rest.subList(0, length)))) {
                length++;
            }
            if (length > rest.size()) {
                return String.join("/", rest);
            }
            String link = String.join("/", rest.subList(0, length));
            var next = new ArrayList<>(parts(led(link, links.get(link))));
            next.addAll(rest.subList(length, rest.size()));
            rest = next;
        }
        return null;
    }

    private static List<String> parts(String path) {
        var parts = new ArrayList<String>();
        for (String part : path.split("/")) {
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return parts;
    }
}
