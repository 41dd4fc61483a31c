package io.aiwm.controller.store.sqlite;

import io.aiwm.common.FileTrees;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * Loads the driver's native code. The driver by itself writes it into a temporary file, compares that byte by byte, which takes a
 * twentieth of the start of a controller, and deletes it at an orderly end of the JVM, which neither a kill nor {@code halt} is: 1 MB
 * would stay behind each time. So it is written here, into a folder that is deleted as soon as the code is loaded.
 */
final class SqliteLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteLibrary.class);
    /** Where the driver writes it. */
    private static final String PLACE = "org.sqlite.tmpdir";
    /** Where the driver finds it written. */
    private static final String WRITTEN = "org.sqlite.lib.path";

    private SqliteLibrary() {}

    /** Does nothing where it is loaded already, and where an administrator has said where it is written. Blocks. */
    static synchronized void load() throws IOException {
        if (System.getProperty(PLACE) != null || System.getProperty(WRITTEN) != null) {
            return;
        }
        Path folder = Files.createTempDirectory("aiwm-sqlite");
        // where the driver has none of this name for this machine, it looks further by itself, and says what it did not
        // find
        System.setProperty(PLACE, folder.toString());
        System.setProperty(WRITTEN, folder.toString());
        try {
            write(folder);
            SQLiteJDBCLoader.initialize();
        } catch (Exception cause) {
            throw new IOException("the driver of SQLite cannot be loaded: " + cause.getMessage(), cause);
        } finally {
            System.clearProperty(PLACE);
            System.clearProperty(WRITTEN);
            delete(folder);
        }
    }

    private static void write(Path folder) throws IOException {
        String name = LibraryLoaderUtil.getNativeLibName();
        try (InputStream code =
                SQLiteJDBCLoader.class.getResourceAsStream(LibraryLoaderUtil.getNativeLibResourcePath() + "/" + name)) {
            if (code != null) {
                Files.copy(code, folder.resolve(name));
            }
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
