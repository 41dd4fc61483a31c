package io.aiwm.controller.file;

import io.aiwm.common.Sha256;
import io.aiwm.protocol.FileKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;

/** Files of jobs for tests of other rooms. */
public final class FilesByHand {
    private FilesByHand() {}

    /** As if a worker had sent it. */
    public static void arrived(
            Files files, Path folder, String jobId, String commandId, FileKind kind, String content) {
        arrived(files, folder, jobId, commandId, kind, content.getBytes(StandardCharsets.UTF_8));
    }

    public static void arrived(
            Files files, Path folder, String jobId, String commandId, FileKind kind, byte[] content) {
        try {
            Path file = folder.resolve("arrived-" + commandId + kind);
            java.nio.file.Files.write(file, content);
            files.arrived(
                            jobId,
                            commandId,
                            kind,
                            "n1",
                            file,
                            HexFormat.of().formatHex(Sha256.of(content)),
                            content.length)
                    .await();
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }
}
