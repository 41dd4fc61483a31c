package io.aiwm.worker.model;

import io.aiwm.common.Json;
import io.aiwm.common.PrivateFiles;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.NodeModel;
import io.aiwm.worker.command.CommandFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * The models on this worker's disk: {@code <name>}, beside it {@code <name>.json} that says what it is, and while it is
 * on its way {@code <name>.part}. All methods block.
 */
final class ModelFiles {
    /** What a whole model is. @param url where it came from */
    record Info(String url, String sha256, long sizeBytes) {}

    /** The source of a part file. A download from another url, or of another version (ETag, date), starts at 0. */
    record Part(String url, String version) {}

    private final Path folder;

    ModelFiles(Path folder) {
        this.folder = folder;
    }

    /** The name as a file name. A slash, as in {@code org/model}, becomes two hyphens. Fails with {@code invalid}. */
    static String fileName(String name) {
        String file = NodeModel.nameOf(name);
        if (file == null) {
            throw new CommandFailure(
                    ErrorCategory.INVALID,
                    "a model's name has letters, digits, '.', '_', '-' and '/', begins with a letter or digit,"
                            + " and does not end in .part or .json");
        }
        return file;
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    Path part(String name) {
        return folder.resolve(name + ".part");
    }

    /** Null when it is not here as a whole. */
    Info find(String name) throws IOException {
        Path about = folder.resolve(name + ".json");
        return Files.exists(file(name)) && Files.exists(about)
                ? Json.decode(Files.readString(about), Info.class)
                : null;
    }

    /** The models that are here as a whole, in the order of names; where there are too many to be said, the newest. */
    List<NodeModel> held() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Path> newest;
        try (Stream<Path> all = Files.list(folder)) {
            newest = all.filter(path -> path.getFileName()
                            .toString()
                            .equals(NodeModel.nameOf(path.getFileName().toString())))
                    .sorted(Comparator.comparing((Path path) -> path.toFile().lastModified())
                            .reversed())
                    .toList();
        }
        var held = new ArrayList<NodeModel>();
        for (Path path : newest) {
            String name = path.getFileName().toString();
            Info info = held.size() < NodeModel.MOST ? find(name) : null;
            if (info != null) {
                held.add(new NodeModel(name, info.sha256, info.sizeBytes));
            }
        }
        return NodeModel.bounded(held);
    }

    /** Returns how many bytes are here already: 0 where they come from another url, or where a change could not be noticed. */
    long resumable(String name, String url, boolean checked) throws IOException {
        Part begun = begun(name);
        boolean sure = begun != null && begun.url.equals(url) && (checked || begun.version != null);
        return sure && Files.exists(part(name)) ? Files.size(part(name)) : 0;
    }

    /** What was begun under this name; null: nothing. */
    Part begun(String name) throws IOException {
        Path about = folder.resolve(name + ".part.json");
        return Files.exists(about) ? Json.decode(Files.readString(about), Part.class) : null;
    }

    void begin(String name, Part part) throws IOException {
        PrivateFiles.folder(folder);
        Files.deleteIfExists(part(name));
        PrivateFiles.write(folder.resolve(name + ".part.json"), Json.encode(part));
    }

    long freeBytes() throws IOException {
        PrivateFiles.folder(folder);
        return Files.getFileStore(folder).getUsableSpace();
    }

    /**
     * Makes the part the model, if it is what was wanted. On disk when this returns. Fails with {@code invalid}, and
     * leaves nothing, when the checksum differs.
     *
     * @param sha256 null: whatever it is
     */
    Info complete(String name, String url, String sha256) throws IOException {
        Path part = part(name);
        String actual = sha256(part);
        if (sha256 != null && !sha256.equalsIgnoreCase(actual)) {
            discardPart(name);
            throw new CommandFailure(new CommandError(
                    ErrorCategory.INVALID,
                    "what came from the URL has sha256 " + actual + ", wanted was " + sha256,
                    true));
        }
        try (var channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        var info = new Info(url, actual, Files.size(part));
        Files.move(part, file(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        PrivateFiles.write(folder.resolve(name + ".json"), Json.encode(info), StandardOpenOption.SYNC);
        Files.deleteIfExists(folder.resolve(name + ".part.json"));
        return info;
    }

    void discardPart(String name) throws IOException {
        Files.deleteIfExists(part(name));
        Files.deleteIfExists(folder.resolve(name + ".part.json"));
    }

    /** Whether there was anything. */
    boolean delete(String name) throws IOException {
        boolean any = false;
        for (String suffix : List.of("", ".json", ".part", ".part.json")) {
            any |= Files.deleteIfExists(folder.resolve(name + suffix));
        }
        return any;
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            var digest = MessageDigest.getInstance("SHA-256");
            var buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException cause) {
            throw new IllegalStateException("every Java has SHA-256", cause);
        }
    }
}
