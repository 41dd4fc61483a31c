package io.aiwm.worker.job;

import io.aiwm.common.SingleLineText;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.JobCommand;
import io.aiwm.worker.command.CommandFailure;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;

/**
 * Reads an untrusted archive: tar, tar.gz or zip. Only plain files and folders come out, under names that stay
 * below the folder they are unpacked to; everything else, and everything that is more than {@link Limits} allows, ends it
 * with {@code invalid} and the entry's name. What a zip calls a link comes out as the file that it is.
 */
public final class InputArchive {
    /**
     * @param entries files and folders
     * @param bytes unpacked, together
     * @param ratio unpacked bytes for each byte of the archive, beyond {@code freeBytes}
     * @param links whether symbolic links come out too, those that stay below the folder
     */
    public record Limits(int entries, long bytes, int ratio, long freeBytes, boolean links) {
        public static final Limits USUAL = new Limits(100_000, 16L << 30, 200, 64L << 20, false);
        /** Of what {@link OutputArchive} made, which may be as dense as its format allows. */
        public static final Limits OF_A_JOB = new Limits(100_000, 16L << 30, 1_100, 64L << 20, true);
    }

    /** Takes what is unpacked, in the archive's order; the folders above a file may not have been named before. */
    public interface Sink {
        void folder(String path) throws IOException;

        /** @param executable whether its owner may run it. @param content to be read to its end */
        void file(String path, boolean executable, InputStream content) throws IOException;

        /** Called where the limits allow links. @param target relative to the folder that the link is in */
        void link(String path, String target) throws IOException;
    }

    private static final int LONGEST_PATH = 4_000;
    private static final int LONGEST_NAME = 255;
    private static final int MOST_SHOWN = 100;
    private static final int OWNER_RUNS = 0100;

    private final Limits limits;
    private final Sink sink;
    private final WorkDeadline until;
    private final long packedBytes;
    private final Set<String> files = new HashSet<>();
    private int entries;
    private long unpackedBytes;

    private InputArchive(Limits limits, Sink sink, WorkDeadline until, long packedBytes) {
        this.limits = limits;
        this.sink = sink;
        this.until = until;
        this.packedBytes = packedBytes;
    }

    /** Blocks, at most until then. */
    public static void unpack(Path archive, Limits limits, Sink sink, WorkDeadline until) throws IOException {
        var reader = new InputArchive(limits, sink, until, Files.size(archive));
        try (InputStream in = new BufferedInputStream(until.guard(Files.newInputStream(archive)), 64 * 1024)) {
            reader.read(in);
        } catch (CommandFailure refused) {
            throw refused;
        } catch (Unreadable | IllegalArgumentException broken) {
            throw invalid("inputs cannot be read: " + broken.getMessage());
        }
    }

    /** What the archive is to blame for, not the disk it is written to. */
    private static final class Unreadable extends IOException {
        private static final long serialVersionUID = 1;

        Unreadable(IOException cause) {
            super(cause.getMessage() == null ? "the archive is damaged" : cause.getMessage(), cause);
        }
    }

    private void read(InputStream in) throws IOException {
        in.mark(4);
        byte[] magic = in.readNBytes(4);
        in.reset();
        if (magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
            all(tar(gunzip(in)));
        } else if (magic.length == 4 && magic[0] == 'P' && magic[1] == 'K') {
            all(new ZipArchiveInputStream(in, "UTF-8", true, false));
        } else {
            all(tar(in));
        }
        if (entries == 0) {
            throw invalid("inputs are neither tar, tar.gz nor zip, or there is nothing in them");
        }
    }

    private static InputStream gunzip(InputStream in) throws IOException {
        try {
            return new BufferedInputStream(new GZIPInputStream(in, 64 * 1024), 64 * 1024);
        } catch (IOException cause) {
            throw new Unreadable(cause);
        }
    }

    private static TarArchiveInputStream tar(InputStream in) {
        return new TarArchiveInputStream(in, "UTF-8");
    }

    private void all(ArchiveInputStream<? extends ArchiveEntry> archive) throws IOException {
        for (ArchiveEntry entry = next(archive); entry != null; entry = next(archive)) {
            take(entry, archive);
        }
    }

    private static ArchiveEntry next(ArchiveInputStream<? extends ArchiveEntry> archive) throws IOException {
        try {
            return archive.getNextEntry();
        } catch (IOException cause) {
            throw new Unreadable(cause);
        }
    }

    private void take(ArchiveEntry entry, ArchiveInputStream<? extends ArchiveEntry> archive) throws IOException {
        until.check();
        if (++entries > limits.entries()) {
            throw invalid("inputs have more than " + limits.entries() + " entries");
        }
        String name = shown(entry.getName());
        if (limits.links() && entry instanceof TarArchiveEntry tar && tar.isSymbolicLink()) {
            String path = path(entry.getName());
            String target = path.isEmpty() ? null : Links.inside(path, tar.getLinkName(), JobCommand.WORK_DIR);
            if (target == null) {
                throw invalid("inputs: \"" + name + "\" is a link that leads out of the work directory");
            }
            files.add(path);
            sink.link(path, target);
            return;
        }
        if (entry instanceof TarArchiveEntry tar) {
            boolean plain =
                    tar.isDirectory() || (tar.isFile() && !tar.isSparse() && !tar.isLink() && !tar.isSymbolicLink());
            if (!plain || tar.isCharacterDevice() || tar.isBlockDevice() || tar.isFIFO()) {
                throw invalid("inputs: \"" + name + "\" is a link, a device or something else that is no plain file");
            }
        } else if (!archive.canReadEntryData(entry)) {
            throw invalid("inputs: \"" + name + "\" is encrypted or packed in a way that cannot be read");
        }
        String path = path(entry.getName());
        if (path.isEmpty()) {
            return;
        }
        if (entry.isDirectory()) {
            if (files.contains(path)) {
                throw invalid("inputs: \"" + name + "\" is both a file and a folder");
            }
            sink.folder(path);
            return;
        }
        files.add(path);
        sink.file(path, executable(entry), new Counted(archive, name));
    }

    private static boolean executable(ArchiveEntry entry) {
        int mode = entry instanceof TarArchiveEntry tar
                ? tar.getMode()
                : entry instanceof ZipArchiveEntry zip ? zip.getUnixMode() : 0;
        return (mode & OWNER_RUNS) != 0;
    }

    /** Relative, without "." and without a slash at the end; "" for the folder itself. */
    private String path(String name) {
        String shown = shown(name);
        boolean drive = name.length() > 1 && name.charAt(1) == ':' && isLetter(name.charAt(0));
        if (name.startsWith("/")
                || drive
                || name.indexOf('\0') >= 0
                || name.indexOf('\\') >= 0
                || name.length() > LONGEST_PATH) {
            throw invalid("inputs: \"" + shown + "\" is no relative path");
        }
        List<String> kept = new ArrayList<>();
        for (String part : name.split("/")) {
            if (part.equals("..") || part.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > LONGEST_NAME) {
                throw invalid("inputs: \"" + shown + "\" leads out of the work directory or has too long a name");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                kept.add(part);
            }
        }
        for (int i = 1; i < kept.size(); i++) {
            if (files.contains(String.join("/", kept.subList(0, i)))) {
                throw invalid("inputs: \"" + shown + "\" lies below something that is a file");
            }
        }
        return String.join("/", kept);
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static String shown(String name) {
        String clean = SingleLineText.of(name, MOST_SHOWN);
        return name.length() > MOST_SHOWN ? clean + "..." : clean;
    }

    private static CommandFailure invalid(String why) {
        return new CommandFailure(ErrorCategory.INVALID, why);
    }

    /** One entry's content, counted against the limits as it is read. */
    private final class Counted extends FilterInputStream {
        private final String name;

        Counted(InputStream in, String name) {
            super(in);
            this.name = name;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int at, int length) throws IOException {
            until.check();
            int read;
            try {
                read = in.read(into, at, length);
            } catch (IOException cause) {
                throw new Unreadable(cause);
            }
            unpackedBytes += Math.max(0, read);
            if (unpackedBytes > limits.bytes()) {
                throw invalid("inputs: with \"" + name + "\" they are larger than " + limits.bytes() + " bytes");
            }
            if (unpackedBytes > limits.freeBytes() + packedBytes * limits.ratio()) {
                throw invalid("inputs: \"" + name + "\" grows more than " + limits.ratio()
                        + "-fold when it is unpacked; this is taken for an attack");
            }
            return read;
        }

        /** The archive goes on. */
        @Override
        public void close() {}
    }
}
