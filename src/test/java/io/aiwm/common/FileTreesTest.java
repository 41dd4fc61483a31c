package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTreesTest {
    @TempDir
    Path folder;

    private Path tree() throws IOException {
        Path tree = folder.resolve("tree");
        PrivateFiles.folders(tree.resolve("a/b"));
        PrivateFiles.write(tree.resolve("a/b/file"), "x");
        return tree;
    }

    @Test
    void all_of_a_folder_goes_and_what_its_links_lead_to_stays() throws IOException {
        Path outside = PrivateFiles.folders(folder.resolve("outside"));
        PrivateFiles.write(outside.resolve("kept"), "x");
        Path tree = tree();
        Files.createSymbolicLink(tree.resolve("a/link"), outside);
        FileTrees.delete(tree);
        assertThat(tree).doesNotExist();
        assertThat(outside.resolve("kept")).exists();
        Path link = Files.createSymbolicLink(folder.resolve("link"), outside);
        FileTrees.delete(link);
        assertThat(folder).isDirectoryContaining(outside::equals).isDirectoryNotContaining(link::equals);
        assertThat(outside.resolve("kept")).exists();
    }

    /** Shows something only where the user is not root, whom rights do not stop. */
    @Test
    void a_folder_without_rights_goes_too_at_any_depth() throws IOException {
        Path tree = tree();
        for (String path : new String[] {"a/b", "a", ""}) {
            Files.setPosixFilePermissions(tree.resolve(path), PosixFilePermissions.fromString("---------"));
        }
        FileTrees.delete(tree);
        assertThat(tree).doesNotExist();
        FileTrees.delete(tree);
    }
}
