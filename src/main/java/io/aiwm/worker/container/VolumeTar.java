package io.aiwm.worker.container;

import io.aiwm.common.PrivateFiles;
import io.aiwm.worker.job.InputArchive;
import io.aiwm.worker.job.JobArchive;
import io.aiwm.worker.job.WorkDeadline;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** The tar that fills a job's volume: the work directory itself and, where there are inputs, what came out of them. */
final class VolumeTar implements InputArchive.Sink, AutoCloseable {
    private static final int FOLDER_MODE = 0755;
    private static final int FILE_MODE = 0644;
    private static final int RUNS = 0755;

    private final TarArchiveOutputStream tar;
    private final Path aside;
    private final Set<String> folders = new HashSet<>();
    private final long uid;
    private final long gid;

    private VolumeTar(Path file, String user) throws IOException {
        String[] ids = user.split(":");
        uid = Long.parseLong(ids[0]);
        gid = Long.parseLong(ids[ids.length - 1]);
        aside = file.resolveSibling("one-file");
        tar = new TarArchiveOutputStream(
                new BufferedOutputStream(PrivateFiles.newOutputStream(file), 64 * 1024), "UTF-8");
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        tar.setAddPaxHeadersForNonAsciiNames(true);
    }

    /**
     * Blocks. Fails as {@link InputArchive} does.
     *
     * @param archives one over the other. @param user {@code uid} or {@code uid:gid}, whose everything in it is
     */
    static Void write(Path file, List<JobArchive> archives, String user, WorkDeadline until) throws IOException {
        try (var volume = new VolumeTar(file, user)) {
            volume.put("", 0, FOLDER_MODE);
            for (JobArchive archive : archives) {
                InputArchive.unpack(archive.file(), archive.limits(), volume, until);
            }
            volume.tar.finish();
        }
        return null;
    }

    @Override
    public void folder(String path) throws IOException {
        if (!folders.contains(path)) {
            above(path);
            folders.add(path);
            put(path + "/", 0, FOLDER_MODE);
        }
    }

    /** A folder the engine makes by itself would be root's. */
    private void above(String path) throws IOException {
        int last = path.lastIndexOf('/');
        if (last > 0) {
            folder(path.substring(0, last));
        }
    }

    /** An entry says its size before its content, which a zip may not know: hence the detour. */
    @Override
    public void file(String path, boolean executable, InputStream content) throws IOException {
        try (var out = PrivateFiles.newOutputStream(aside)) {
            content.transferTo(out);
        }
        above(path);
        var entry = entry(path, Files.size(aside), executable ? RUNS : FILE_MODE);
        tar.putArchiveEntry(entry);
        Files.copy(aside, tar);
        tar.closeArchiveEntry();
    }

    @Override
    public void link(String path, String target) throws IOException {
        above(path);
        var entry = new TarArchiveEntry(Engine.FILL + "/" + path, TarConstants.LF_SYMLINK);
        entry.setLinkName(target);
        entry.setIds((int) uid, (int) gid);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }

    private void put(String path, long size, int mode) throws IOException {
        tar.putArchiveEntry(entry(path, size, mode));
        tar.closeArchiveEntry();
    }

    private TarArchiveEntry entry(String path, long size, int mode) {
        var entry = new TarArchiveEntry(Engine.FILL + "/" + path);
        entry.setSize(size);
        entry.setMode(mode);
        entry.setIds((int) uid, (int) gid);
        return entry;
    }

    @Override
    public void close() throws IOException {
        tar.close();
        Files.deleteIfExists(aside);
    }
}
