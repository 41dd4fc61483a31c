package io.aiwm.controller.store.sqlite;

import io.aiwm.common.FileTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Loads the driver's native code. The driver writes it into a temporary file and deletes that at an orderly end of the JVM, which
 * neither a kill nor {@code halt} is: 1 MB would stay behind each time. So it is written into a folder of its own, which is deleted
 * as soon as the code is loaded.
 */
final class SqliteLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteLibrary.class);
    private static final String PLACE = "org.sqlite.tmpdir";

    private SqliteLibrary() {}

    /** Does nothing where it is loaded already, and where an administrator has said where it is written. Blocks. */
    static synchronized void load() throws IOException {
        if (System.getProperty(PLACE) != null) {
            return;
        }
        Path folder = Files.createTempDirectory("aiwm-sqlite");
        System.setProperty(PLACE, folder.toString());
        try {
            SQLiteJDBCLoader.initialize();
        } catch (Exception cause) {
            throw new IOException("the driver of SQLite cannot be loaded: " + cause.getMessage(), cause);
        } finally {
            System.clearProperty(PLACE);
            delete(folder);
        }
    }

    private static void delete(Path folder) {
        try {
            FileTrees.delete(folder);
        } catch (IOException inUse) { // some systems keep files that are loaded
            LOG.debug("{} stays until somebody deletes it", folder, inUse);
        }
    }
}
