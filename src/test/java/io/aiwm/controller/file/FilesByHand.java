package io.aiwm.controller.file;

import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Files of jobs for tests of other rooms. */
public final class FilesByHand {
    private FilesByHand() {}

    /** As if a worker had sent it. */
    public static void arrived(
            Files files, Path folder, String jobId, String commandId, FileKind kind, String content) {
        try {
            Path file = folder.resolve("arrived-" + commandId + kind);
            java.nio.file.Files.writeString(file, content);
            files.arrived(jobId, commandId, kind, "n1", file, Sha256.hex(content), content.length())
                    .await();
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }
}
