package io.aiwm.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A command that answers as a real {@code nvidia-smi} did, see {@code src/test/resources/nvidia-smi}. A query that is not
 * recorded ends with 99.
 */
public final class RecordedSmi {
    private static final Path RECORDS = Path.of("src/test/resources/nvidia-smi").toAbsolutePath();

    private RecordedSmi() {}

    /**
     * Writes the command.
     *
     * @param folder where to
     * @param states names of records; an answer is taken from the first that has the query
     */
    public static Path write(Path folder, String... states) throws IOException {
        var records = new StringBuilder();
        for (String state : states) {
            records.append(" '").append(RECORDS.resolve(state + ".txt")).append('\'');
        }
        Path file = folder.resolve("nvidia-smi");
        Files.writeString(file, """
                #!/bin/sh
                exec awk -v want="nvidia-smi $*" '
                  /^### rc=/ {
                    if (found) exit
                    split($2, status, "=")
                    found = substr($0, index($0, "nvidia-smi")) == want
                    if (found) code = status[2]
                    next
                  }
                  found
                  END { exit found ? code : 99 }
                '""" + records + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
