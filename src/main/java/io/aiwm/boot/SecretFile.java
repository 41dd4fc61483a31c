package io.aiwm.boot;

import io.aiwm.common.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.function.Supplier;

/** A secret in a file that only its owner can read (mode 0600). */
final class SecretFile {
    private SecretFile() {}

    /**
     * Returns the file's text. If there is no file, writes what {@code first} returns, atomically: of several processes, only
     * one writes. Throws {@link StartFailure} naming the file when others can read it or it cannot be used.
     */
    static String readOrCreate(Path file, Supplier<String> first) {
        try {
            PrivateFiles.folders(file.toAbsolutePath().getParent());
            if (!Files.exists(file)) {
                create(file, first.get());
            }
            return read(file);
        } catch (IOException unusable) {
            throw unusable(file, unusable, "written");
        }
    }

    /** Throws {@link StartFailure} when others can read the file, or it cannot be read. */
    static String readOnly(Path file) {
        try {
            return read(file);
        } catch (IOException unusable) {
            throw unusable(file, unusable, "read");
        }
    }

    /** Replaces the file's content. Throws {@link StartFailure} if it cannot. */
    static void replace(Path file, String text) {
        try {
            Path beside = beside(file, text);
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException unusable) {
            throw unusable(file, unusable, "written");
        }
    }

    private static String read(Path file) throws IOException {
        if (isOpenToOthers(file)) {
            throw new StartFailure(file + " can be read by other users: run chmod 600 on it, or delete it to have a"
                    + " new one generated");
        }
        return Files.readString(file).strip();
    }

    static boolean isOpenToOthers(Path file) throws IOException {
        Set<PosixFilePermission> others = PosixFilePermissions.fromString("---rwxrwx");
        others.retainAll(Files.getPosixFilePermissions(file));
        return !others.isEmpty();
    }

    /** Writes a second file and links it to the final name, which fails if another process was first. */
    private static void create(Path file, String text) throws IOException {
        Path beside = beside(file, text);
        try {
            Files.createLink(file, beside);
        } catch (FileAlreadyExistsException anotherWasFirst) {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw anotherWasFirst;
            }
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    private static Path beside(Path file, String text) throws IOException {
        Path beside = Files.createTempFile(
                file.toAbsolutePath().getParent(),
                file.getFileName() + ".",
                ".new",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
            ByteBuffer content = ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8));
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
        return beside;
    }

    private static StartFailure unusable(Path file, IOException cause, String what) {
        return new StartFailure(
                "cannot keep secrets in dataDir: " + file + " cannot be " + what + ": " + Preflight.reason(cause));
    }
}
