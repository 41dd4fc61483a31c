package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.aiwm.common.Sha256;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A model that is on a node's disk as a whole.
 *
 * @param name as {@link #nameOf(String)} has it
 * @param sha256 of its bytes, 64 hexadecimal digits; null: not known
 * @param sizeBytes null: not known
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeModel(String name, String sha256, Long sizeBytes) {
    /** So many of one node are said and kept. */
    public static final int MOST = 256;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    /**
     * Under which name a model is kept, and by which whatever reads it finds it: a slash, as in {@code org/model}, becomes
     * two hyphens. Null when it cannot be the name of a model.
     */
    public static String nameOf(String said) {
        String name = said == null ? "" : said.strip().replace("/", "--");
        boolean ours = name.endsWith(".part") || name.endsWith(".json");
        return NAME.matcher(name).matches() && !name.contains("..") && !ours ? name : null;
    }

    /** The name of what a {@code model.download} brings; null when it says none. @param name or id, if given, is it */
    public static String nameOf(String name, String id, String url) {
        if (name != null || id != null || url == null) {
            return name == null ? id : name;
        }
        int end = 0;
        while (end < url.length() && url.charAt(end) != '?' && url.charAt(end) != '#') {
            end++;
        }
        String path = url.substring(0, end);
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /**
     * In the order of names, each name once; what cannot be a model, and what is over {@value #MOST}, is left out.
     *
     * @param said may be null, and hold nulls
     */
    public static List<NodeModel> bounded(Collection<NodeModel> said) {
        var byName = new TreeMap<String, NodeModel>();
        for (NodeModel one : said == null ? List.<NodeModel>of() : said) {
            if (one != null && byName.size() < MOST && one.name != null && one.name.equals(nameOf(one.name))) {
                boolean known = Sha256.isHex(one.sha256);
                boolean sized = one.sizeBytes != null && one.sizeBytes >= 0;
                byName.putIfAbsent(
                        one.name, new NodeModel(one.name, known ? one.sha256 : null, sized ? one.sizeBytes : null));
            }
        }
        return List.copyOf(byName.values());
    }
}
