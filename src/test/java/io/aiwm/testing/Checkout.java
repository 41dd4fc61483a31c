package io.aiwm.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A folder that looks like a checkout after a build: the jar under test, {@code bin} and {@code conf}, and no sources. */
public final class Checkout {
    private Checkout() {}

    public static void in(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("target"));
        Files.copy(AiwmProcess.jar(), folder.resolve("target/aiwm.jar"));
        copy(Path.of("bin"), folder);
        copy(Path.of("conf"), folder);
    }

    private static void copy(Path tree, Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.toList()) {
                Files.copy(path, folder.resolve(path));
            }
        }
    }
}
