package io.aiwm.worker.job;

import io.aiwm.common.PrivateFiles;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * The outputs of a job as a tar.gz: plain files, and links that stay among them; the owner is root. All methods block.
 */
public final class OutputArchive implements AutoCloseable {
    private static final int MOST_FILES = 100_000;
    private static final int PRIVATE = 0600;
    private static final int RUNS = 0700;

    private final TarArchiveOutputStream tar;
    private final Set<String> names = new HashSet<>();
    private final Set<String> folders = new HashSet<>();
    private final Map<String, String> links = new LinkedHashMap<>();
    private int left;

    /** @param limitBytes of the archive; beyond it every call fails with {@code resource-exhausted} */
    public OutputArchive(Path file, long limitBytes) throws IOException {
        OutputStream out =
                new Limited(new BufferedOutputStream(PrivateFiles.newOutputStream(file), 64 * 1024), limitBytes);
        tar = new TarArchiveOutputStream(new GZIPOutputStream(out, 64 * 1024), "UTF-8");
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        tar.setAddPaxHeadersForNonAsciiNames(true);
    }

    /** @param content exactly {@code size} bytes */
    public void add(String path, long size, boolean executable, InputStream content) throws IOException {
        if (!isNew(path)) {
            return;
        }
        var entry = new TarArchiveEntry(path);
        entry.setSize(size);
        entry.setMode(executable ? RUNS : PRIVATE);
        entry.setIds(0, 0);
        tar.putArchiveEntry(entry);
        content.transferTo(tar);
        tar.closeArchiveEntry();
    }

    private boolean isNew(String path) {
        if (names.contains(path)) {
            return false;
        }
        for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
            String above = path.substring(0, slash);
            if (links.containsKey(above)) {
                return false; // who unpacks it finds it behind the link
            }
            folders.add(above);
        }
        names.add(path);
        if (names.size() > MOST_FILES) {
            throw tooMuch("the outputs are more than " + MOST_FILES + " files");
        }
        return true;
    }

    /** @param target as {@link Links#inside} says it */
    public void addLink(String path, String target) throws IOException {
        if (folders.contains(path) || !isNew(path)) {
            return;
        }
        var entry = new TarArchiveEntry(path, TarConstants.LF_SYMLINK);
        entry.setLinkName(target);
        entry.setIds(0, 0);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
        links.put(path, target);
    }

    /** Links whose targets are not in it, neither as a file nor as a folder of files. */
    List<String> dangling() {
        var all = new TreeSet<>(names);
        return links.keySet().stream()
                .filter(link -> {
                    String end = Links.end(link, links);
                    String below = end == null ? null : all.ceiling(end + "/");
                    boolean there = end != null
                            && (end.isEmpty() || all.contains(end) || (below != null && below.startsWith(end + "/")));
                    return !there;
                })
                .toList();
    }

    /** What the user should know of it, in sentences. @param wanted what was asked for */
    List<String> warnings(Globs wanted) {
        List<String> warnings = new ArrayList<>();
        wanted.unfitted().forEach(pattern -> warnings.add("outputs: nothing fits \"" + pattern + "\""));
        if (left > 0) {
            warnings.add(
                    "outputs: " + left + " entries are links that lead out of the work directory, or no plain files,"
                            + " and were left out");
        }
        List<String> dangling = dangling();
        if (!dangling.isEmpty()) {
            warnings.add("outputs: what the link \"" + dangling.get(0) + "\" leads to is not among them; name it too");
        }
        return warnings;
    }

    /** Something that fits and is neither. */
    public void leftOut() {
        left++;
    }

    public int files() {
        return names.size();
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }

    private static CommandFailure tooMuch(String why) {
        return new CommandFailure(
                CommandResult.Outcome.failure,
                new CommandError(ErrorCategory.RESOURCE_EXHAUSTED, why + "; keep fewer or smaller ones", false),
                null);
    }

    private static final class Limited extends FilterOutputStream {
        private final long limit;
        private long written;

        Limited(OutputStream out, long limit) {
            super(out);
            this.limit = limit;
        }

        @Override
        public void write(int one) throws IOException {
            count(1);
            out.write(one);
        }

        @Override
        public void write(byte[] bytes, int at, int length) throws IOException {
            count(length);
            out.write(bytes, at, length);
        }

        private void count(int more) {
            written += more;
            if (written > limit) {
                throw tooMuch("the outputs are larger than the " + limit + " bytes that are kept");
            }
        }
    }
}
