package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.file.StoredFile;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.Pieces;
import io.aiwm.protocol.FileAck;
import io.aiwm.protocol.FileGet;
import io.aiwm.protocol.FileKind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Files arrive whole over a link that is as bad as the test wants. */
class FileTransferTest extends FileTransferRig {
    private Path file(int bytes) throws IOException {
        byte[] content = new byte[bytes];
        new Random(7).nextBytes(content);
        return java.nio.file.Files.write(folder.resolve("made-" + bytes), content);
    }

    private Buffer read(StoredFile file) {
        ObjectContent content = files.open(file, 0, -1).await();
        Promise<Buffer> all = Promise.promise();
        Buffer sum = Buffer.buffer();
        content.endHandler(end -> all.complete(sum));
        content.handler(sum::appendBuffer);
        content.resume();
        return all.future().await();
    }

    @Test
    void a_file_arrives_whole_over_a_link_that_loses_and_repeats() throws IOException {
        loses = 3;
        Path made = file(1_500_000);
        String command = job(null);
        String id = worker.send(command, FileKind.outputs, made, NEVER).await();
        StoredFile stored = files.get(id).await();
        assertThat(stored.sha256()).isEqualTo(Sha256.hex(made));
        assertThat(stored.jobId()).isEqualTo(command.substring(0, command.indexOf('.')));
        assertThat(stored.commandId()).isEqualTo(command);
        assertThat(read(stored).getBytes()).isEqualTo(java.nio.file.Files.readAllBytes(made));
        assertThat(worker.send(command, FileKind.outputs, made, NEVER).await())
                .as("the same again")
                .isEqualTo(id);
        assertThat(files.ofJob(stored.jobId()).await()).hasSize(1);
    }

    @Test
    void inputs_arrive_whole_over_a_link_that_loses_and_repeats() throws IOException {
        loses = 3;
        byte[] content = java.nio.file.Files.readAllBytes(file(1_500_000));
        var upload = files.upload(Pieces.of(vertx, Buffer.buffer(content), 1), null, "ada")
                .await();
        Path to = folder.resolve("fetched");
        worker.fetch(job(upload.id()), upload.id(), upload.sha256(), to, NEVER).await();
        assertThat(to).hasBinaryContent(content);
    }

    @Test
    void inputs_that_another_controller_took_in_arrive_and_wait_for_it_while_it_is_gone() throws IOException {
        var shelf = new LocalObjectStore(vertx, folder.resolve("objects of the other"));
        shelf.open().await();
        var other = new Files(vertx, store, shelf, () -> now, LIMITS);
        byte[] content = java.nio.file.Files.readAllBytes(file(1_500_000));
        var upload = other.upload(Pieces.of(vertx, Buffer.buffer(content), 1), null, "ada")
                .await();
        String command = job(upload.id());
        var gone = Failure.of(cause(controller.get(NODE, new FileGet(null, command, upload.id(), 0))));
        assertThat(gone.kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(gone.getMessage()).contains(upload.id(), shelf.place());

        Path to = folder.resolve("fetched");
        Future<Void> fetched = worker.fetch(command, upload.id(), upload.sha256(), to, NEVER);
        org.awaitility.Awaitility.await().until(() -> messages.get() > 1);
        assertThat(fetched.isComplete()).isFalse();
        other.serve().await();
        fetched.await();
        assertThat(to).hasBinaryContent(content);
        other.close().await();
        shelf.close().await();
    }

    @Test
    void a_restarted_controller_goes_on_where_it_was() throws IOException {
        cutAfter = 3;
        Path made = file(1_500_000);
        String command = job(null);
        Promise<Void> enough = Promise.promise();
        Future<String> sending = worker.send(command, FileKind.outputs, made, enough.future());
        org.awaitility.Awaitility.await().until(() -> messages.get() > 5);
        controller.close().await();
        startController();
        FileAck ack = controller
                .put(NODE, piece(command, FileKind.outputs, 0, "", false))
                .await();
        assertThat(ack.size()).isEqualTo(3 * 192 * 1024);
        cutAfter = -1;
        assertThat(files.get(sending.await()).await().sha256()).isEqualTo(Sha256.hex(made));
    }
}
