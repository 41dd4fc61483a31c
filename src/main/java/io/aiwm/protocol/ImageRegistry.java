package io.aiwm.protocol;

import java.util.Locale;

/** Which registry an image reference names. */
public final class ImageRegistry {
    private ImageRegistry() {}

    /** In lower case; {@code docker.io} where it names none. */
    public static String of(String image) {
        return isNamed(image)
                ? image.substring(0, image.indexOf('/'))
                        .toLowerCase(Locale.ROOT)
                        .replace("index.docker.io", "docker.io")
                : "docker.io";
    }

    /** Whether the reference begins with a registry rather than with a name on the engine's default one. */
    public static boolean isNamed(String image) {
        int slash = image.indexOf('/');
        String first = slash < 0 ? "" : image.substring(0, slash);
        return first.contains(".") || first.contains(":") || first.equals("localhost");
    }
}
