package io.aiwm.protocol;

import io.aiwm.common.Sha256;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** The digest of a version: of its one file the SHA-256; of several, that of the list of their digests and paths. */
public final class ModelDigest {
    private ModelDigest() {}

    public static String of(Collection<ModelFile> files) {
        if (files.size() == 1) {
            return files.iterator().next().sha256().toLowerCase(Locale.ROOT);
        }
        var list = new StringBuilder();
        files.stream()
                .sorted(Comparator.comparing(ModelFile::path))
                .forEach(file -> list.append(file.sha256().toLowerCase(Locale.ROOT))
                        .append("  ")
                        .append(file.path())
                        .append('\n'));
        return Sha256.hex(list.toString());
    }
}
