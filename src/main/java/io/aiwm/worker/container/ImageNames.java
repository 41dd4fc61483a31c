package io.aiwm.worker.container;

import io.aiwm.protocol.ImageRegistry;

/** Image references in full, so that {@code nginx} and {@code docker.io/library/nginx:latest} are the same thing. */
public final class ImageNames {
    private ImageNames() {}

    /** With registry and namespace; tag and digest stay as they are. */
    static String full(String image) {
        String rest = ImageRegistry.isNamed(image) ? image.substring(image.indexOf('/') + 1) : image;
        String registry = ImageRegistry.of(image);
        return registry + "/" + (registry.equals("docker.io") && !rest.contains("/") ? "library/" + rest : rest);
    }

    /** With {@code :latest} where there is neither tag nor digest: what the engine is asked for. */
    public static String withTag(String image) {
        return image.contains("@") || tagAt(image) > 0 ? image : image + ":latest";
    }

    /** The same for all ways to write one image's name: in full, and with a digest without the tag, which then means nothing. */
    static String key(String image) {
        int digest = image.indexOf('@');
        return digest < 0 ? withTag(full(image)) : repository(image) + image.substring(digest);
    }

    /** The full name without tag and digest. */
    static String repository(String image) {
        String name = full(image);
        int digest = name.indexOf('@');
        name = digest < 0 ? name : name.substring(0, digest);
        int tag = tagAt(name);
        return tag < 0 ? name : name.substring(0, tag);
    }

    /**
     * Whether the pattern allows the image. {@code *} stands for anything; a pattern without tag allows every tag of
     * exactly that repository.
     */
    static boolean allows(String pattern, String image) {
        String full = full(image);
        String wanted = full(pattern);
        return glob(wanted, full) || glob(wanted, repository(image)) || glob(wanted, withTag(full));
    }

    private static int tagAt(String image) {
        int colon = image.lastIndexOf(':');
        return colon > image.lastIndexOf('/') ? colon : -1;
    }

    private static boolean glob(String pattern, String text) {
        int star = pattern.indexOf('*');
        if (star < 0) {
            return text.equals(pattern);
        }
        int last = pattern.lastIndexOf('*');
        String end = pattern.substring(last + 1);
        int to = text.length() - end.length();
        if (to < star || !text.startsWith(pattern.substring(0, star)) || !text.endsWith(end)) {
            return false;
        }
        // each part between two stars where it comes first: a later place leaves less to what follows, so nothing is
        // ever tried again
        int at = star;
        while (star < last) {
            int next = pattern.indexOf('*', star + 1);
            String part = pattern.substring(star + 1, next);
            int found = text.indexOf(part, at);
            if (found < 0 || found + part.length() > to) {
                return false;
            }
            at = found + part.length();
            star = next;
        }
        return true;
    }
}
