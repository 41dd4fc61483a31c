package io.aiwm.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A command that answers as {@code nvidia-smi} does of GPUs that are not there. */
public final class FakeSmi {
    private FakeSmi() {}

    /**
     * Writes the command.
     *
     * @param folder where to
     * @param mebibytes of each GPU
     */
    public static Path write(Path folder, int... mebibytes) throws IOException {
        var gpus = new StringBuilder();
        for (int i = 0; i < mebibytes.length; i++) {
            gpus.append("echo '%d, GPU-%d, Fake GPU, %d, 0, 0, 30, 50.0, 500.0, 580.1, [N/A], 0, No'\n"
                    .formatted(i, i, mebibytes[i]));
        }
        Path file = folder.resolve("nvidia-smi");
        Files.writeString(file, """
                #!/bin/sh
                case "$1" in
                --query-gpu=*)
                """ + gpus + """
                ;;
                -q) echo 'CUDA Version : 13.0' ;;
                esac
                """);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
