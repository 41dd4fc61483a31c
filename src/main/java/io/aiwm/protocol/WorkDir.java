package io.aiwm.protocol;

import java.util.List;
import java.util.regex.Pattern;

/** Where in a container a job may work; one rule, so that a controller refuses at once what a worker would refuse later. */
public final class WorkDir {
    private static final int MOST_CHARACTERS = 1_000;
    private static final Pattern PLAIN = Pattern.compile("(/[A-Za-z0-9._-]+)+");
    /** Where the system of a container lives; a work directory there would hide it. */
    private static final List<String> SYSTEM = List.of(
            "/proc", "/sys", "/dev", "/etc", "/bin", "/sbin", "/lib", "/lib64", "/usr", "/boot", "/run", "/tmp");

    private WorkDir() {}

    /** Whether a program may start there, whatever the container has there; null is the image's own. */
    public static boolean startable(String path) {
        return path == null || path.equals("/") || isPlain(path);
    }

    private static boolean isPlain(String path) {
        boolean dots = (path + "/").contains("/../") || (path + "/").contains("/./");
        return !dots && path.length() <= MOST_CHARACTERS && PLAIN.matcher(path).matches();
    }

    /** What is wrong with it, to be read after the field's name; null when nothing is. */
    public static String mistake(String path) {
        if (!isPlain(path)) {
            return "must be an absolute path of letters, digits, '.', '_' and '-', without '..', not '/' itself";
        }
        return SYSTEM.stream().anyMatch(system -> path.equals(system) || path.startsWith(system + "/"))
                ? "must not lie where the system of a container lives"
                : null;
    }
}
