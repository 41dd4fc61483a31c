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

    @Test
    void bytes_that_are_no_text_cost_only_their_line() throws Exception {
        Files.write(directory.resolve("0000000000000001.jsonl"), new byte[] {'{', '}', '\n', (byte) 0xff, (byte) 0xc3});
        var folder = new UsageFolder(directory, 1 << 20);
        assertThat(folder.oldest().calls()).hasSize(1);
        folder.close();
    }
}
