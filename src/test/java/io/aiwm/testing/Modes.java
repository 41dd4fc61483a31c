package io.aiwm.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What a folder lets other users of the machine do. */
public final class Modes {
    private static final Set<PosixFilePermission> OTHERS = PosixFilePermissions.fromString("---rwxrwx");

    private Modes() {}

    /** All below the folder, itself included, that others may read, write or enter. */
    public static List<String> openToOthers(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(path -> !Files.isSymbolicLink(path) && !Collections.disjoint(of(path), OTHERS))
                    .map(path -> path + " " + PosixFilePermissions.toString(of(path)))
                    .toList();
        }
    }

    private static Set<PosixFilePermission> of(Path path) {
        try {
            return Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException gone) {
            return Set.of();
        }
    }
}
