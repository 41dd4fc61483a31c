package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The stock client of tus in a folder of its own, run by node. */
public record TusClient(Path folder) {
    private static final Path SOURCES = Path.of("src/test/tus").toAbsolutePath();
    private static final long LIMIT_SECONDS = 120;

    /** Installs it; needs npm. */
    public static TusClient in(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String name : List.of("package.json", "package-lock.json", "upload.mjs")) {
            Files.copy(SOURCES.resolve(name), folder.resolve(name));
        }
        Programs.run(LIMIT_SECONDS, null, "npm", "--prefix", folder.toString(), "ci", "--no-audit", "--no-fund");
        return new TusClient(folder);
    }

    /** Uploads a file, under its own name, as a new version of the model {@code tus}. */
    public void upload(AiwmClient api, Path file) {
        String said = Programs.run(
                LIMIT_SECONDS,
                null,
                "node",
                folder.resolve("upload.mjs").toString(),
                api.url("/api/models/uploads"),
                api.token(),
                file.toString(),
                folder.resolve(file.getFileName() + ".json").toString());
        assertThat(said).contains("done ");
    }
}
