package io.aiwm.worker.process;

import io.aiwm.common.PrivateFiles;
import io.aiwm.worker.job.InputArchive;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Unpacks inputs into a work directory. */
record WorkSink(Path work) implements InputArchive.Sink {
    @Override
    public void folder(String path) throws IOException {
        PrivateFiles.folders(work.resolve(path));
    }

    @Override
    public void file(String path, boolean executable, InputStream content) throws IOException {
        Path file = work.resolve(path);
        PrivateFiles.folders(file.getParent());
        try (var out = PrivateFiles.newOutputStream(file)) {
            content.transferTo(out);
        }
        if (executable && !file.toFile().setExecutable(true)) {
            throw new IOException(path + " cannot be made executable");
        }
    }

    @Override
    public void link(String path, String target) throws IOException {
        Path link = work.resolve(path);
        PrivateFiles.folders(link.getParent());
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, Path.of(target));
    }
}
