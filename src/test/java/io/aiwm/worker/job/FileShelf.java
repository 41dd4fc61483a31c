package io.aiwm.worker.job;

import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.FileAck;
import io.aiwm.protocol.FileChunk;
import io.aiwm.protocol.FileGet;
import io.aiwm.protocol.FilePut;
import io.aiwm.worker.command.CommandFiles;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** A controller that does nothing but give and take files, and keeps them in memory. */
public final class FileShelf {
    private static final int PIECE = 100_000;

    public final CommandFiles transfers;
    private final Map<String, ByteArrayOutputStream> put = new ConcurrentHashMap<>();
    private final Map<String, byte[]> inputs = new ConcurrentHashMap<>();

    public FileShelf(Vertx vertx) {
        transfers = new CommandFiles(vertx, this::heard);
    }

    private void heard(String type, JsonObject data, String commandId) {
        if (type.equals(FilePut.TYPE)) {
            put(Json.decode(data, FilePut.class));
        } else {
            get(Json.decode(data, FileGet.class));
        }
    }

    private void put(FilePut piece) {
        String id = piece.commandId() + ":" + piece.kind();
        var held = put.computeIfAbsent(id, fresh -> new ByteArrayOutputStream());
        if (piece.from() == held.size()) {
            held.writeBytes(Base64.getDecoder().decode(piece.data()));
        }
        boolean whole = piece.last() && Sha256.hex(held.toByteArray()).equals(piece.sha256());
        transfers.answered(
                new FileAck(piece.commandId(), piece.kind(), piece.from(), held.size(), whole ? id : null, null));
    }

    private void get(FileGet wish) {
        byte[] all = inputs.get(wish.fileId());
        int from = (int) wish.from();
        int length = Math.min(PIECE, all.length - from);
        String text = Base64.getEncoder().encodeToString(java.util.Arrays.copyOfRange(all, from, from + length));
        transfers.answered(
                new FileChunk(wish.commandId(), wish.fileId(), from, text, from + length == all.length, null));
    }

    /** @return the {@code inputs} of a job's data */
    public JsonObject keep(String fileId, byte[] content) {
        inputs.put(fileId, content);
        return new JsonObject()
                .put("fileId", fileId)
                .put("sha256", Sha256.hex(content))
                .put("sizeBytes", content.length);
    }

    /** What a job's output says of its log, as the text that was sent. */
    public String log(JsonObject output) {
        return new String(bytes(output.getJsonObject("log")), StandardCharsets.UTF_8);
    }

    /** The outputs of one command as the {@code resume} of another. */
    public JsonObject resume(JsonObject output) {
        return keep("resume", bytes(output.getJsonObject("outputs")));
    }

    private byte[] bytes(JsonObject file) {
        return put.get(file.getString("fileId")).toByteArray();
    }

    /** The outputs, unpacked: content by name, of a link an arrow and what it says. */
    public Map<String, String> outputs(JsonObject output) {
        var files = new TreeMap<String, String>();
        byte[] archive = bytes(output.getJsonObject("outputs"));
        try (var tar = new TarArchiveInputStream(new GZIPInputStream(new ByteArrayInputStream(archive)))) {
            for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                String content = entry.isSymbolicLink()
                        ? "-> " + entry.getLinkName()
                        : new String(tar.readAllBytes(), StandardCharsets.UTF_8);
                files.put(entry.getName(), content);
            }
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
        return files;
    }
}
