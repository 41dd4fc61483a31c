package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.objects.Pieces;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.FileChunk;
import io.aiwm.protocol.FileGet;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.FilePut;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Pieces of files that are refused, come too late, or are never finished. */
class FileTransferRefusalsTest extends FileTransferRig {
    private Failure.Kind putRefused(String node, FilePut piece) {
        return Failure.of(cause(controller.put(node, piece))).kind;
    }

    @Test
    void inputs_with_another_checksum_are_invalid() {
        var upload = files.upload(Pieces.of(vertx, Buffer.buffer("x"), 1), null, "ada")
                .await();
        var refused = cause(worker.fetch(job(upload.id()), upload.id(), "0".repeat(64), folder.resolve("to"), NEVER));
        assertThat(((CommandFailure) refused).error.category()).isEqualTo(ErrorCategory.INVALID);
    }

    @Test
    void another_node_can_neither_put_nor_get() {
        var upload = files.upload(Pieces.of(vertx, Buffer.buffer("x"), 1), null, "ada")
                .await();
        var other = files.upload(Pieces.of(vertx, Buffer.buffer("y"), 1), null, "ada")
                .await();
        String command = job(upload.id());
        assertThat(putRefused("node-2", piece(command, FileKind.log, 0, "eA==", false)))
                .isEqualTo(Failure.Kind.FORBIDDEN);
        controller.put(NODE, piece(command, FileKind.log, 0, "eA==", false)).await();
        assertThat(putRefused("node-2", piece(command, FileKind.log, 1, "eA==", false)))
                .isEqualTo(Failure.Kind.FORBIDDEN);
        assertThat(Failure.of(cause(controller.get("node-2", new FileGet(null, command, upload.id(), 0)))).kind)
                .isEqualTo(Failure.Kind.FORBIDDEN);
        assertThat(Failure.of(cause(controller.get(NODE, new FileGet(null, command, other.id(), 0)))).kind)
                .isEqualTo(Failure.Kind.FORBIDDEN);
        FileChunk mine =
                controller.get(NODE, new FileGet(null, command, upload.id(), 0)).await();
        assertThat(mine.last()).isTrue();
        assertThat(putRefused(NODE, piece("ex_none.0.1", FileKind.log, 0, "eA==", false)))
                .isEqualTo(Failure.Kind.FORBIDDEN);
        assertThat(putRefused(NODE, piece("nonsense", FileKind.log, 0, "eA==", false)))
                .isEqualTo(Failure.Kind.INVALID);
    }

    @Test
    void a_log_may_come_a_little_late_but_not_much() {
        String command = job(null);
        var result = new CommandResult(null, command, CommandResult.Outcome.timeout, null, null, null, null);
        executions.finished(CommandId.parse(command), NODE, result, "m1").await();
        now = now.plus(Duration.ofMinutes(9));
        assertThat(controller
                        .put(NODE, piece(command, FileKind.log, 0, "eA==", true))
                        .await()
                        .fileId())
                .isNotNull();
        now = now.plus(Duration.ofMinutes(2));
        assertThat(putRefused(NODE, piece(command, FileKind.outputs, 0, "eA==", true)))
                .isEqualTo(Failure.Kind.FORBIDDEN);
    }

    @Test
    void what_is_too_large_or_no_piece_is_refused_and_leaves_nothing() throws IOException {
        String command = job(null);
        String much = java.util.Base64.getEncoder().encodeToString(new byte[1_001]);
        assertThat(putRefused(NODE, piece(command, FileKind.log, 0, much, true)))
                .isEqualTo(Failure.Kind.TOO_LARGE);
        assertThat(putRefused(NODE, piece(command, FileKind.log, 0, "???", true)))
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(putRefused(NODE, piece(command, FileKind.log, -1, "eA==", true)))
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(putRefused(NODE, piece(command, FileKind.inputs, 0, "eA==", true)))
                .isEqualTo(Failure.Kind.INVALID);
        String huge = "A".repeat(FilePut.MAX_BYTES * 2);
        assertThat(putRefused(NODE, piece(command, FileKind.log, 0, huge, true)))
                .isEqualTo(Failure.Kind.INVALID);
        try (var left = java.nio.file.Files.list(folder.resolve("incoming"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void what_nobody_finishes_is_gone_after_a_day() throws IOException {
        controller.put(NODE, piece(job(null), FileKind.log, 0, "eA==", false)).await();
        now = Instant.now().plus(Files.UNUSED).plusSeconds(60);
        controller.run().await();
        try (var left = java.nio.file.Files.list(folder.resolve("incoming"))) {
            assertThat(left).isEmpty();
        }
    }
}
