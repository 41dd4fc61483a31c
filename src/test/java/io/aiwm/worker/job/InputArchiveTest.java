package io.aiwm.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class InputArchiveTest {
    private static final InputArchive.Limits SMALL = new InputArchive.Limits(10, 10_000_000, 20, 100_000, false);

    @TempDir
    Path folder;

    /** What came out: content by path, folders end with a slash, and what may be run with a star. */
    private final Map<String, String> unpacked = new TreeMap<>();

    private final InputArchive.Sink sink = new InputArchive.Sink() {
        @Override
        public void folder(String path) {
            unpacked.put(path + "/", "");
        }

        @Override
        public void file(String path, boolean executable, InputStream content) throws IOException {
            String text = new String(content.readAllBytes(), StandardCharsets.UTF_8);
            unpacked.put(path + (executable ? "*" : ""), text);
        }

        @Override
        public void link(String path, String target) {
            unpacked.put(path, "-> " + target);
        }
    };

    private interface Maker {
        void make(TarArchiveOutputStream tar) throws IOException;
    }

    private static byte[] tar(Maker maker) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var tar = new TarArchiveOutputStream(bytes)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            maker.make(tar);
        }
        return bytes.toByteArray();
    }

    private static void file(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        var entry = new TarArchiveEntry(name, true);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private static void file(TarArchiveOutputStream tar, String name) throws IOException {
        file(tar, name, "x".getBytes(StandardCharsets.UTF_8));
    }

    private void unpack(byte[] archive) throws IOException {
        InputArchive.unpack(
                Files.write(folder.resolve("archive"), archive),
                SMALL,
                sink,
                new WorkDeadline(Clock.systemUTC(), Instant.MAX));
    }

    private CommandFailure refused(byte[] archive) {
        var failure = catchThrowableOfType(CommandFailure.class, () -> unpack(archive));
        assertThat(failure).as("unpacked " + unpacked).isNotNull();
        assertThat(failure.error.category()).isEqualTo(ErrorCategory.INVALID);
        return failure;
    }

    private static byte[] gzip(byte[] content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }

    private static byte[] zip(String name, byte[] content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(bytes)) {
            out.putNextEntry(new ZipEntry(name));
            out.write(content);
        }
        return bytes.toByteArray();
    }

    @Test
    void tar_and_tar_gz_and_zip_come_out_the_same() throws IOException {
        byte[] tar = tar(out -> {
            out.putArchiveEntry(new TarArchiveEntry("./a/"));
            out.closeArchiveEntry();
            file(out, "./a/b/c");
        });
        unpack(tar);
        assertThat(unpacked).containsOnlyKeys("a/", "a/b/c");
        unpacked.clear();
        unpack(gzip(tar));
        assertThat(unpacked).containsOnlyKeys("a/", "a/b/c");
        unpacked.clear();
        unpack(zip("a/b/c", new byte[] {'x'}));
        assertThat(unpacked).containsExactly(Map.entry("a/b/c", "x"));
    }

    @Test
    void who_may_run_a_file_is_kept_and_nothing_else_of_its_mode() throws IOException {
        unpack(tar(out -> {
            var entry = new TarArchiveEntry("run");
            entry.setMode(06755);
            out.putArchiveEntry(entry);
            out.closeArchiveEntry();
        }));
        assertThat(unpacked).containsOnlyKeys("run*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "../up", "a/../../up", "C:\\x", "a\\..\\b", "c:x"})
    void names_that_lead_out_are_refused_in_tar_and_zip(String name) throws IOException {
        assertThat(refused(tar(out -> file(out, name))).error.message()).contains("inputs");
        refused(zip(name, new byte[1]));
        assertThat(unpacked).isEmpty();
    }

    @Test
    void a_name_with_nul_or_of_endless_length_is_refused() throws IOException {
        refused(zip("a\0b", new byte[1]));
        refused(tar(out -> file(out, "n".repeat(300))));
        refused(tar(out -> file(out, "d/".repeat(3_000) + "f")));
        assertThat(unpacked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            bytes = {
                TarArchiveEntry.LF_LINK,
                TarArchiveEntry.LF_SYMLINK,
                TarArchiveEntry.LF_CHR,
                TarArchiveEntry.LF_BLK,
                TarArchiveEntry.LF_FIFO
            })
    void links_and_devices_are_refused_by_name(byte kind) throws IOException {
        var failure = refused(tar(out -> {
            var entry = new TarArchiveEntry("special", kind);
            entry.setLinkName("/etc/passwd");
            out.putArchiveEntry(entry);
            out.closeArchiveEntry();
        }));
        assertThat(failure.error.message()).contains("special");
        assertThat(unpacked).isEmpty();
    }

    @Test
    void a_link_in_a_zip_is_only_a_file_with_its_target_in_it() throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ZipArchiveOutputStream(bytes)) {
            var entry = new ZipArchiveEntry("link");
            entry.setUnixMode(0120777);
            out.putArchiveEntry(entry);
            out.write("/etc/passwd".getBytes(StandardCharsets.UTF_8));
            out.closeArchiveEntry();
        }
        unpack(bytes.toByteArray());
        assertThat(unpacked.values()).containsExactly("/etc/passwd");
    }

    @Test
    void a_bomb_is_stopped_while_it_unpacks() throws IOException {
        byte[] zeros = new byte[9_000_000];
        assertThat(refused(gzip(tar(out -> file(out, "zeros", zeros)))).error.message())
                .contains("-fold");
        assertThat(refused(zip("zeros", zeros)).error.message()).contains("-fold");
        assertThat(unpacked).isEmpty();
    }

    @Test
    void too_much_and_too_many_are_refused() throws IOException {
        byte[] random = new byte[6_000_000];
        new java.util.Random(3).nextBytes(random);
        assertThat(refused(tar(out -> {
                            file(out, "one", random);
                            file(out, "two", random);
                        }))
                        .error
                        .message())
                .contains("two")
                .contains("10000000");
        assertThat(refused(tar(out -> {
                            for (int i = 0; i < 11; i++) {
                                file(out, "f" + i);
                            }
                        }))
                        .error
                        .message())
                .contains("10 entries");
    }

    @Test
    void something_below_a_file_is_refused() throws IOException {
        refused(tar(out -> {
            file(out, "a");
            file(out, "a/b");
        }));
        refused(tar(out -> {
            file(out, "c");
            out.putArchiveEntry(new TarArchiveEntry("c/"));
            out.closeArchiveEntry();
        }));
    }

    @Test
    void what_is_no_archive_or_damaged_is_refused() throws IOException {
        refused(new byte[0]);
        refused("hello, I am a text".repeat(100).getBytes(StandardCharsets.UTF_8));
        byte[] whole = gzip(tar(out -> file(out, "a", new byte[50_000])));
        refused(java.util.Arrays.copyOf(whole, whole.length / 2));
        byte[] zip = zip("a", "some text ".repeat(1_000).getBytes(StandardCharsets.UTF_8));
        refused(java.util.Arrays.copyOf(zip, 60));
    }

    @Test
    void nothing_is_unpacked_when_the_time_is_over() throws IOException {
        Path archive = Files.write(folder.resolve("late"), new byte[1024]);
        var late = catchThrowableOfType(
                CommandFailure.class,
                () -> InputArchive.unpack(archive, SMALL, sink, new WorkDeadline(Clock.systemUTC(), Instant.EPOCH)));
        assertThat(late.error.category()).isEqualTo(ErrorCategory.TIMEOUT);
        assertThat(unpacked).isEmpty();
    }
}
