package io.aiwm.protocol;

import java.util.Locale;

/** Which registry an image reference names, by the engine's own rule (splitDockerDomain of its package reference). */
public final class ImageRegistry {
    private static final String DEFAULT = "docker.io";
    /** The engine takes it for the default one. */
    private static final String DEFAULT_BEFORE = "index.docker.io";

    private ImageRegistry() {}

    /** In lower case; {@code docker.io} where it names none. */
    public static String of(String image) {
        if (!isNamed(image)) {
            return DEFAULT;
        }
        String host = first(image).toLowerCase(Locale.ROOT);
        return host.equals(DEFAULT_BEFORE) ? DEFAULT : host;
    }

    /** Whether the reference begins with a registry rather than with a name on the engine's default one. */
    public static boolean isNamed(String image) {
        String first = first(image);
        return looksLikeHost(first) || first.equals("localhost") || !first.equals(first.toLowerCase(Locale.ROOT));
    }

    /**
     * Whether it begins with a word in upper case that neither a dot nor a port makes a host. Newer engines take that
     * for a registry and older ones refuse it; who wrote it meant a name.
     */
    public static boolean isAmbiguous(String image) {
        String first = first(image);
        return !looksLikeHost(first) && !first.equals(first.toLowerCase(Locale.ROOT));
    }

    private static boolean looksLikeHost(String first) {
        return first.contains(".") || first.contains(":");
    }

    /** What stands before the first slash; empty where there is none. */
    private static String first(String image) {
        int slash = image.indexOf('/');
        return slash < 0 ? "" : image.substring(0, slash);
    }
}
