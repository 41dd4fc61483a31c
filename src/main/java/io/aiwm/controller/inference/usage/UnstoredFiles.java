package io.aiwm.controller.inference.usage;

import io.aiwm.common.PrivateFiles;
import io.aiwm.inference.usage.MappedPage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a gateway has not stored yet, as lines in batches: of one file each, named by the gateway and a sequence, or of {@link MappedPage}s, named
 * by the gateway and a number. A gateway holds a lock for as long as it lives; what is there of others without one was left behind by processes
 * that were killed. What is written survives the
 * process, not the machine. Blocking; not safe for several threads.
 */
public final class UnstoredFiles {
    /** Of one batch, which has the lines of a second unless the store is away. */
    private static final long MOST_BYTES = 64L << 20;

    private static final String LINES = ".jsonl";
    private static final String PAGE = ".page";
    private static final Pattern FILE = Pattern.compile("(.+)\\.([0-9]{16})(\\.jsonl|\\.page)");
    private static final String LOCK = ".lock";

    private final Path folder;
    private final String gateway;
    private FileChannel lock;
    private FileChannel current;
    private long sequence;
    private long bytes;
    private long pages;

    /** A batch that a gateway of before has left; its last line may be torn. @param files that it is in */
    public record Left(String gateway, long sequence, List<String> lines, List<Path> files) {}

    /** @param gateway of this process alone */
    public UnstoredFiles(Path folder, String gateway) {
        this.folder = folder;
        this.gateway = gateway;
    }

    public String gateway() {
        return gateway;
    }

    /** From now on others know that this gateway lives. */
    public void open() throws IOException {
        PrivateFiles.folder(folder);
        lock = PrivateFiles.open(folder.resolve(gateway + LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        lock.lock();
    }

    public void close() throws IOException {
        end();
        if (lock != null) {
            lock.close();
        }
        Files.deleteIfExists(folder.resolve(gateway + LOCK));
    }

    /** Of the batch that was appended to last. */
    public long bytes() {
        return bytes;
    }

    /** Adds whole lines to a batch. @return false: there is no room for them */
    public boolean append(long number, ByteBuffer lines) throws IOException {
        if (current == null || number != sequence) {
            end();
            current = PrivateFiles.open(file(gateway, number), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            sequence = number;
            bytes = current.size();
        }
        if (bytes + lines.remaining() > MOST_BYTES) {
            return false;
        }
        long at = bytes;
        while (lines.hasRemaining()) {
            at += current.write(lines, at);
        }
        bytes = at;
        return true;
    }

    /** Makes a page of this gateway. */
    MappedPage page() throws IOException {
        pages++;
        return MappedPage.make(folder.resolve(name(gateway, pages, PAGE)));
    }

    /** Deletes a batch. */
    public void drop(long number) throws IOException {
        if (current != null && number == sequence) {
            end();
        }
        Files.deleteIfExists(file(gateway, number));
    }

    private void end() throws IOException {
        if (current != null) {
            current.close();
            current = null;
        }
    }

    /** What gateways that live no more have left, in order. */
    public List<Left> left() throws IOException {
        var left = new TreeMap<String, Left>();
        var free = new TreeSet<String>();
        for (Path file : sorted()) {
            Matcher name = FILE.matcher(file.getFileName().toString());
            if (!name.matches() || lives(name.group(1))) {
                continue;
            }
            MappedPage.Content content = name.group(3).equals(PAGE)
                    ? MappedPage.read(file)
                    : new MappedPage.Content(Long.parseLong(name.group(2)), read(file));
            if (content.lines().isEmpty()) {
                Files.deleteIfExists(file);
                free.add(name.group(1));
            } else {
                var batch = left.computeIfAbsent(
                        name(name.group(1), content.sequence(), ""),
                        none -> new Left(name.group(1), content.sequence(), new ArrayList<>(), new ArrayList<>()));
                batch.lines().addAll(content.lines());
                batch.files().add(file);
            }
        }
        for (String gone : free) {
            dropLock(gone);
        }
        return List.copyOf(left.values());
    }

    /** Deletes what was left behind, because it is stored. */
    public void drop(Left stored) throws IOException {
        for (Path file : stored.files) {
            Files.deleteIfExists(file);
        }
        dropLock(stored.gateway);
    }

    private void dropLock(String of) throws IOException {
        if (sorted().stream().noneMatch(each -> each.getFileName().toString().startsWith(of + ".0"))) {
            Files.deleteIfExists(folder.resolve(of + LOCK));
        }
    }

    private List<Path> sorted() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private boolean lives(String other) throws IOException {
        Path file = folder.resolve(other + LOCK);
        if (!Files.exists(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                var free = channel.tryLock()) {
            return free == null;
        } catch (OverlappingFileLockException inThisProcess) {
            return true;
        }
    }

    private Path file(String of, long number) {
        return folder.resolve(name(of, number, LINES));
    }

    private static String name(String of, long number, String kind) {
        return of + ".%016d".formatted(number) + kind;
    }

    private static List<String> read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
    }
}
