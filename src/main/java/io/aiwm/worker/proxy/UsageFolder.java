package io.aiwm.worker.proxy;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.PrivateFiles;
import io.aiwm.inference.usage.MappedPage;
import io.aiwm.protocol.ProxyUsage;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Batches of calls on disk, one file each, named by its sequence. A file that is written to is a {@link MappedPage}, so that a call is
 * kept without blocking; a few are made ahead. Those that are full never change, so that a batch that is sent again is the same. By the
 * names of those made ahead the sequence goes on after a restart. {@link #add} from any thread; all else blocks and is for one thread.
 */
final class UsageFolder {
    private static final Logger log = LoggerFactory.getLogger(UsageFolder.class);

    private static final String PAGE = ".page";
    /** Of a version before this one. */
    private static final String LINES = ".jsonl";

    private static final int DIGITS = 16;
    /** A message has room for twice as much; a page as well. */
    private static final long BATCH_BYTES = 400 * 1024;
    /** Pages that are made ahead. */
    private static final int READY = 3;

    private final Path folder;
    private final long mostBytes;
    private final String gatewayId;
    private final ArrayDeque<Sealed> sealed = new ArrayDeque<>();
    /** The last number that a file was made with. */
    private long made;

    /** Guarded by this, as all that follows. In the order of their sequences; the first one is written to. */
    private final ArrayDeque<MappedPage> open = new ArrayDeque<>();

    /** Full, and not sealed yet. */
    private final ArrayDeque<MappedPage> full = new ArrayDeque<>();

    private int calls;
    private long bytes;

    private record Sealed(long sequence, Path file, long bytes) {}

    /** A batch that never changes. */
    record Batch(long sequence, List<JsonObject> calls) {}

    /** What became of a call. */
    enum Added {
        KEPT,
        /** No page is ready; {@link #prepare} makes some. */
        NO_PAGE,
        /** There may not be more on this disk. */
        NO_ROOM
    }

    /** @param mostBytes on disk; what comes beyond is not taken */
    UsageFolder(Path folder, long mostBytes) throws IOException {
        this.folder = PrivateFiles.folder(folder);
        this.mostBytes = mostBytes;
        this.gatewayId = gatewayId();
        List<Path> before;
        try (Stream<Path> files = Files.list(folder)) {
            before = files.filter(file -> file.getFileName().toString().matches("[0-9]{16}\\.(page|jsonl)"))
                    .sorted()
                    .toList();
        }
        for (Path file : before) {
            made = Long.parseLong(file.getFileName().toString().substring(0, DIGITS));
        }
        prepare();
        for (Path file : before) {
            take(file);
        }
    }

    /** Takes what the process before has left. */
    private void take(Path file) throws IOException {
        if (lines(file).isEmpty()) {
            Files.delete(file);
            return;
        }
        long size = file.getFileName().toString().endsWith(PAGE) ? MappedPage.seal(file) : Files.size(file);
        sealed.add(new Sealed(Long.parseLong(file.getFileName().toString().substring(0, DIGITS)), file, size));
        bytes += size;
    }

    private String gatewayId() throws IOException {
        Path file = folder.resolve("gateway");
        if (!Files.isRegularFile(file)) {
            Path fresh = folder.resolve("gateway.new");
            PrivateFiles.write(fresh, Ids.next("gw"), StandardOpenOption.SYNC);
            Files.move(fresh, file);
        }
        return Files.readString(file).strip();
    }

    String id() {
        return gatewayId;
    }

    /** Whether {@link #prepare} has work. */
    synchronized boolean isDue() {
        return open.size() < READY || !full.isEmpty();
    }

    /** Seals pages that are full, and makes some ahead. */
    void prepare() throws IOException {
        for (MappedPage page = nextFull(); page != null; page = nextFull()) {
            long size = MappedPage.seal(page.file());
            sealed.add(new Sealed(page.sequence(), page.file(), size));
            sealed(size - page.length());
        }
        while (lacksPages()) {
            Path file = folder.resolve(("%0" + DIGITS + "d").formatted(made + 1) + PAGE);
            MappedPage page = MappedPage.make(file);
            made++;
            page.begin(made);
            made(page);
        }
    }

    private synchronized MappedPage nextFull() {
        return full.poll();
    }

    private synchronized void sealed(long more) {
        bytes += more;
    }

    private synchronized boolean lacksPages() {
        return open.size() < READY;
    }

    private synchronized void made(MappedPage page) {
        open.add(page);
    }

    /** Keeps a call, whole or not at all. Does not block. @param line with its end */
    synchronized Added add(byte[] line) {
        if (bytes + line.length > mostBytes) {
            return Added.NO_ROOM;
        }
        MappedPage page = open.peek();
        if (page != null && (calls >= ProxyUsage.MOST_CALLS || page.length() >= BATCH_BYTES)) {
            endBatch();
            page = open.peek();
        }
        if (page == null) {
            return Added.NO_PAGE;
        }
        if (!page.add(line)) {
            return Added.NO_ROOM; // longer than any call's may be
        }
        calls++;
        bytes += line.length;
        return Added.KEPT;
    }

    /** Ends the batch that is written to, if it has any calls. */
    private synchronized void endBatch() {
        if (calls > 0) {
            full.add(open.poll());
            calls = 0;
        }
    }

    /** The oldest batch, which stays until it is {@link #drop}ped; null: there is none. */
    Batch oldest() throws IOException {
        if (sealed.isEmpty()) {
            endBatch();
            prepare();
        }
        while (!sealed.isEmpty()) {
            var batch = new Batch(sealed.peek().sequence, read(sealed.peek().file));
            if (!batch.calls().isEmpty()) {
                return batch;
            }
            drop(batch.sequence());
        }
        return null;
    }

    private static List<String> lines(Path file) throws IOException {
        List<String> lines = file.getFileName().toString().endsWith(LINES)
                ? List.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n", -1))
                : MappedPage.read(file).lines();
        return lines.stream().filter(line -> !line.isBlank()).toList();
    }

    private static List<JsonObject> read(Path file) throws IOException {
        var calls = new ArrayList<JsonObject>();
        for (String line : lines(file)) {
            try {
                calls.add(new JsonObject(line));
            } catch (DecodeException torn) {
                log.warn("a call's usage on disk is damaged and left out");
            }
        }
        return calls;
    }

    /** Forgets the oldest batch if it is this one. */
    void drop(long number) throws IOException {
        if (!sealed.isEmpty() && sealed.peek().sequence == number) {
            Files.delete(sealed.peek().file);
            sealed(-sealed.poll().bytes);
        }
    }

    /** Leaves all to the next process. */
    void close() throws IOException {
        endBatch();
        for (MappedPage page = nextFull(); page != null; page = nextFull()) {
            MappedPage.seal(page.file());
        }
    }

    /** Fails with INVALID where another worker's folder would be taken. */
    static void check(String id) {
        if (!id.matches("[A-Za-z0-9_-]{8,64}")) {
            throw Failure.invalid("the gateway id on disk is damaged");
        }
    }
}
