package io.aiwm.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.aiwm.common.Sha256;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A model that is on a node's disk as a whole.
 *
 * @param name as {@link #nameOf(String)} has it
 * @param sha256 of its bytes, 64 hexadecimal digits; of several files {@link ModelDigest}; null: not known
 * @param sizeBytes null: not known
 * @param version null: a model of one file without versions, and from workers of an older version
 * @param pinned true: never evicted; else null. @param inUse true: a container has it; else null
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeModel(
        String name, String sha256, Long sizeBytes, String version, Instant lastUsedAt, Boolean pinned, Boolean inUse) {
    /** So many of one node are said and kept. */
    public static final int MOST = 256;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    public NodeModel(String name, String sha256, Long sizeBytes) {
        this(name, sha256, sizeBytes, null, null, null, null);
    }

    /**
     * Under which name a model is kept, and by which whatever reads it finds it: a slash, as in {@code org/model}, becomes
     * two hyphens. Null when it cannot be the name of a model. Versions follow the same rule.
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
     * In the order of names and versions, each once; what cannot be a model, and what is over {@value #MOST}, is left out.
     *
     * @param said may be null, and hold nulls
     */
    public static List<NodeModel> bounded(Collection<NodeModel> said) {
        var byName = new TreeMap<String, NodeModel>();
        for (NodeModel one : said == null ? List.<NodeModel>of() : said) {
            if (one != null && byName.size() < MOST && one.isNamed()) {
                // no name has a space, so that names sort before their own versions
                byName.putIfAbsent(one.version == null ? one.name : one.name + " " + one.version, one.checked());
            }
        }
        return List.copyOf(byName.values());
    }

    private boolean isNamed() {
        return name != null && name.equals(nameOf(name)) && (version == null || version.equals(nameOf(version)));
    }

    private NodeModel checked() {
        return new NodeModel(
                name,
                Sha256.isHex(sha256) ? sha256 : null,
                sizeBytes != null && sizeBytes >= 0 ? sizeBytes : null,
                version,
                lastUsedAt,
                Boolean.TRUE.equals(pinned) ? true : null,
                Boolean.TRUE.equals(inUse) ? true : null);
    }
}
