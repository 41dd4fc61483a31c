package io.aiwm.worker.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.protocol.ProxyUsage;
import io.aiwm.worker.proxy.UsageFolder.Added;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageFolderTest {
    private static final byte[] LINE = "{}\n".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    @Test
    void a_batch_stays_within_its_limit_while_no_new_file_can_be_made() throws Exception {
        var folder = new UsageFolder(directory, 1 << 20);
        Path inTheWay = Files.createFile(directory.resolve("0000000000000004.page"));
        for (int i = 0; i < 3 * ProxyUsage.MOST_CALLS; i++) {
            assertThat(folder.add(LINE)).isEqualTo(Added.KEPT);
        }
        assertThat(folder.add(LINE)).isEqualTo(Added.NO_PAGE);
        assertThatThrownBy(folder::prepare).isInstanceOf(IOException.class);
        assertThat(folder.add(LINE)).isEqualTo(Added.NO_PAGE);
        Files.delete(inTheWay);
        folder.prepare();
        assertThat(folder.add(LINE)).isEqualTo(Added.KEPT);
        assertThat(folder.oldest().calls()).hasSize(ProxyUsage.MOST_CALLS);
        folder.close();
    }

    @Test
    void a_process_that_is_killed_has_kept_every_call_and_its_sequence() throws Exception {
        var killed = new UsageFolder(directory, 1 << 20);
        assertThat(killed.add(LINE)).isEqualTo(Added.KEPT);
        assertThat(killed.oldest()).isEqualTo(new UsageFolder.Batch(1, List.of(new JsonObject())));
        assertThat(killed.add(LINE)).isEqualTo(Added.KEPT);
        assertThat(killed.add(LINE)).isEqualTo(Added.KEPT);

        // the folder is as it is, nothing was closed
        var next = new UsageFolder(directory, 1 << 20);
        assertThat(next.add(LINE)).isEqualTo(Added.KEPT);
        assertThat(next.oldest()).isEqualTo(new UsageFolder.Batch(1, List.of(new JsonObject())));
        next.drop(1);
        assertThat(next.oldest()).isEqualTo(new UsageFolder.Batch(2, List.of(new JsonObject(), new JsonObject())));
        next.drop(2);
        UsageFolder.Batch own = next.oldest();
        assertThat(own.calls()).hasSize(1);
        assertThat(own.sequence()).isGreaterThan(2);
        next.drop(own.sequence());
        assertThat(next.oldest()).isNull();
        next.close();

        var third = new UsageFolder(directory, 1 << 20);
        assertThat(third.add(LINE)).isEqualTo(Added.KEPT);
        assertThat(third.oldest().sequence()).isGreaterThan(own.sequence());
    }

    @Test
    void bytes_that_are_no_text_cost_only_their_line() throws Exception {
        Files.write(directory.resolve("0000000000000001.jsonl"), new byte[] {'{', '}', '\n', (byte) 0xff, (byte) 0xc3});
        var folder = new UsageFolder(directory, 1 << 20);
        assertThat(folder.oldest().calls()).hasSize(1);
        folder.close();
    }
}
