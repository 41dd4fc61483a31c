package io.aiwm.boot;

import io.aiwm.common.PrivateFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at what most often stands in the way of a start (the data directory, a full disk, another process that has it,
 * the port) before it creates a file or joins a cluster: a start that must fail leaves nothing behind and disturbs no
 * other process. It only looks: the port and the locks are taken later, where changes since then are reported.
 */
public final class Preflight {
    private static final Logger LOG = LoggerFactory.getLogger(Preflight.class);
    /** With less than this free, neither the database nor the journal can be begun. */
    private static final long LEAST_FREE_BYTES = 1L << 20;

    private Preflight() {}

    /** Makes the data directory when all is well. Throws {@link StartFailure} otherwise. */
    public static void check(Config config) {
        Path folder = config.dataDir();
        usable(folder);
        roomy(folder);
        boolean sqlite = config.mode().hasController() && config.storage().isEmbedded();
        if (sqlite && isLocked(folder.resolve("aiwm.db.lock"))) {
            throw new StartFailure("another controller is using dataDir " + folder
                    + ": stop it, or give this one a dataDir of its own (AIWM_DATA_DIR); several controllers for one fleet"
                    + " need storage.mongoUri");
        }
        if (config.mode().hasWorker() && isLocked(folder.resolve("worker").resolve("commands.jsonl.lock"))) {
            throw new StartFailure("another worker is using dataDir " + folder
                    + ": stop it, or give this one a dataDir of its own (AIWM_DATA_DIR)");
        }
        if (config.mode().hasController()) {
            port(config.http());
        }
        try {
            PrivateFiles.folders(folder);
        } catch (IOException unmakable) {
            throw new StartFailure("dataDir " + folder + " cannot be made: " + reason(unmakable));
        }
    }

    private static void usable(Path folder) {
        if (Files.exists(folder)) {
            if (!Files.isDirectory(folder)) {
                throw new StartFailure("dataDir " + folder + " is not a directory");
            }
            if (!Files.isWritable(folder)) {
                throw new StartFailure("dataDir " + folder + " cannot be written by this user");
            }
            return;
        }
        Path above = folder.getParent();
        while (above != null && !Files.exists(above)) {
            above = above.getParent();
        }
        if (above != null && !Files.isDirectory(above)) {
            throw new StartFailure("dataDir " + folder + " cannot be made: " + above + " is not a directory");
        }
        if (above != null && !Files.isWritable(above)) {
            throw new StartFailure(
                    "dataDir " + folder + " cannot be made: " + above + " cannot be written by this user");
        }
    }

    private static void roomy(Path folder) {
        Path existing = folder.toAbsolutePath();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            FileStore disk = Files.getFileStore(existing);
            roomy(folder, disk.getTotalSpace(), disk.getUsableSpace());
        } catch (IOException unknown) {
            LOG.debug("how much room there is for {} is not known", folder, unknown);
        }
    }

    /** @param totalBytes 0 where the file system does not tell */
    static void roomy(Path folder, long totalBytes, long usableBytes) {
        if (totalBytes > 0 && usableBytes < LEAST_FREE_BYTES) {
            throw new StartFailure("the disk of dataDir " + folder + " is full (" + usableBytes
                    + " bytes are free): make room and start again");
        }
    }

    /** Creates no file. A missing file means that no process has used this directory. */
    private static boolean isLocked(Path file) {
        if (!Files.exists(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                var lock = channel.tryLock()) {
            return lock == null;
        } catch (OverlappingFileLockException inThisProcess) {
            return true;
        } catch (IOException unreadable) {
            return false;
        }
    }

    private static void port(Config.Http http) {
        if (http.port() == 0) {
            return;
        }
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true); // as the server does: connections of the process before may still linger
            socket.bind(new InetSocketAddress(InetAddress.getByName(http.host()), http.port()));
        } catch (IOException taken) {
            throw new StartFailure("cannot listen on " + http.host() + " port " + http.port() + ": "
                    + taken.getMessage() + "; http.port (PORT) names another");
        }
    }

    static String reason(IOException cause) {
        String message = cause.getMessage();
        return cause instanceof NoSuchFileException || cause instanceof AccessDeniedException
                ? "the system does not allow it"
                : message == null ? cause.getClass().getSimpleName() : message;
    }
}
