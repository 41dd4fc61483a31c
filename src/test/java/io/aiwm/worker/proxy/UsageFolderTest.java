package io.aiwm.worker.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.protocol.ProxyUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageFolderTest {
    @TempDir
    Path directory;

    @Test
    void a_batch_stays_within_its_limit_while_no_new_file_can_be_made() throws Exception {
        var folder = new UsageFolder(directory, 1 << 20);
        Path inTheWay = Files.createFile(directory.resolve("0000000000000002.jsonl"));
        for (int i = 0; i < ProxyUsage.MOST_CALLS; i++) {
            assertThat(folder.add("{}")).isTrue();
        }
        assertThatThrownBy(() -> folder.add("{}")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> folder.add("{}")).isInstanceOf(IOException.class);
        Files.delete(inTheWay);
        assertThat(folder.add("{}")).isTrue();
        assertThat(folder.oldest().calls()).hasSize(ProxyUsage.MOST_CALLS);
        folder.close();
    }
}
