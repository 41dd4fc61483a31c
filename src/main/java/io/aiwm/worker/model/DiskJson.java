package io.aiwm.worker.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Small JSON files that are there as a whole or not at all, also after a crash. */
final class DiskJson {
    private static final Logger log = LoggerFactory.getLogger(DiskJson.class);

    private DiskJson() {}

    /** Null when it is no JSON of this type: one broken file must not hide all others. */
    static <T> T read(Path file, Class<T> type) throws IOException {
        try {
            return Json.decode(Files.readString(file), type);
        } catch (Failure broken) {
            log.warn("{} cannot be read and is passed over: {}", file.getFileName(), broken.getMessage());
            return null;
        }
    }

    static void write(Path file, String json) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".new.json");
        PrivateFiles.write(beside, json, StandardOpenOption.SYNC);
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
