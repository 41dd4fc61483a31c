package io.aiwm.common;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Files and folders that no other user can read: 0600 and 0700, whatever the umask. Everything under a data directory is
 * made by this. What exists keeps its mode, except {@link #folder}.
 */
public final class PrivateFiles {
    /** Of a file. */
    public static final String MODE = "rw-------";

    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final OpenOption[] ANEW = {
        StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE
    };

    private PrivateFiles() {}

    /** Makes a folder and those above it that are missing. */
    public static Path folders(Path folder) throws IOException {
        return Files.isDirectory(folder) ? folder : Files.createDirectories(folder, attributes(folder, FOLDER));
    }

    /** Makes a folder that is ours alone. One that an earlier version made for all to read is closed to others. */
    public static Path folder(Path folder) throws IOException {
        folders(folder);
        if (isPosix(folder) && !FOLDER.containsAll(Files.getPosixFilePermissions(folder))) {
            try {
                Files.setPosixFilePermissions(folder, FOLDER);
            } catch (FileSystemException notOurs) {
                return folder; // another user made it, and lets us in: what we make in it is closed all the same
            }
        }
        return folder;
    }

    public static FileChannel open(Path file, OpenOption... options) throws IOException {
        return FileChannel.open(file, Set.of(options), attributes(file, PosixFilePermissions.fromString(MODE)));
    }

    /** Makes a file of so many zeros, which is memory from then on. */
    public static MappedByteBuffer newMemory(Path file, int bytes) throws IOException {
        try (FileChannel channel =
                open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            // a disk without room says so here, and not by a fault when the memory is written
            var zeros = ByteBuffer.allocate(bytes);
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes);
        }
    }

    /** In place of what there was. */
    public static OutputStream newOutputStream(Path file) throws IOException {
        return Channels.newOutputStream(open(file, ANEW));
    }

    /** In place of what there was. @param options besides those that this needs, such as SYNC */
    public static void write(Path file, String text, OpenOption... options) throws IOException {
        var all = new java.util.HashSet<>(Set.of(ANEW));
        all.addAll(Set.of(options));
        try (OutputStream out = Channels.newOutputStream(open(file, all.toArray(OpenOption[]::new)))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> mode) {
        return isPosix(path)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(mode)}
                : new FileAttribute<?>[0];
    }

    private static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
