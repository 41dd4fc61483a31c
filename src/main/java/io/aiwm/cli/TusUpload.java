package io.aiwm.cli;

import io.aiwm.cli.ModelUpload.Source;
import io.aiwm.common.HttpStatus;
import io.aiwm.common.Sha256;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** One file by the protocol tus 1.0: begun or gone on with, in pieces, each of which is tried again when it breaks off. */
final class TusUpload {
    private static final String PROTOCOL = "Tus-Resumable";
    private static final String VERSION = "1.0.0";
    private static final long PIECE_BYTES = 64L << 20;
    private static final Duration PIECE = Duration.ofHours(2);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final int MOST_FAILURES = 10;
    private static final long LONGEST_PAUSE_MILLIS = 15_000;

    private final ApiClient client;
    private final UploadState state;
    private final ProgressLine progress;
    private final boolean checks;

    /** @param checks whether the controller is told the sha256 beforehand */
    TusUpload(ApiClient client, UploadState state, ProgressLine progress, boolean checks) {
        this.client = client;
        this.state = state;
        this.progress = progress;
        this.checks = checks;
    }

    /**
     * Returns the path of the version, which has the file then.
     *
     * @param metadata says which version, or the model that gets a new one
     * @param version its path; null: it is made
     */
    String put(Source source, JsonObject metadata, String version) {
        if (version != null && isThere(source, version)) {
            return version;
        }
        JsonObject about = state.of(source.path());
        if (checks && about.getString("sha256") == null) {
            about.put("sha256", sha256(source));
            state.put(null, source.path(), about);
        }
        long offset = about.getString("url") == null ? -1 : offset(about.getString("url"));
        String of = version;
        if (offset < 0) {
            of = begin(source, metadata, about);
            offset = 0;
        }
        send(source, about.getString("url"), offset);
        progress.end();
        return of;
    }

    private boolean isThere(Source source, String version) {
        JsonArray files = client.get(version).getJsonArray("files", new JsonArray());
        return files.stream()
                .map(JsonObject.class::cast)
                .anyMatch(file ->
                        file.getString("path").equals(source.path()) && file.getLong("sizeBytes") == source.size());
    }

    private String sha256(Source source) {
        MessageDigest digest = Sha256.digest();
        byte[] buffer = new byte[1 << 20];
        try (InputStream file = new FilePiece(source.file(), 0, source.size(), at -> {})) {
            long done = 0;
            for (int count = file.read(buffer); count >= 0; count = file.read(buffer)) {
                digest.update(buffer, 0, count);
                done += count;
                progress.bytes(source.path() + ": reads", done, source.size());
            }
            progress.end();
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException unreadable) {
            throw new ApiFailure(source.file() + " cannot be read");
        }
    }

    private String begin(Source source, JsonObject metadata, JsonObject about) {
        var said = metadata.copy().put("path", source.path()).put("complete", "false");
        if (about.getString("sha256") != null) {
            said.put("sha256", about.getString("sha256"));
        }
        ApiClient.Answer begun = client.send(
                "POST",
                "/api/models/uploads",
                BodyPublishers.noBody(),
                ANSWER,
                PROTOCOL,
                VERSION,
                "Upload-Length",
                Long.toString(source.size()),
                "Upload-Metadata",
                encoded(said));
        String version = begun.header("Aiwm-Model-Version");
        about.put("url", URI.create(begun.header("Location")).getPath());
        state.put(version, source.path(), about);
        return version;
    }

    private static String encoded(JsonObject metadata) {
        return metadata.stream()
                .map(field -> field.getKey() + " "
                        + Base64.getEncoder()
                                .encodeToString(field.getValue().toString().getBytes(StandardCharsets.UTF_8)))
                .collect(Collectors.joining(","));
    }

    /** How much the controller has; -1: it does not know the upload any more. */
    private long offset(String url) {
        try {
            return Long.parseLong(client.send("GET", url, BodyPublishers.noBody(), ANSWER, PROTOCOL, VERSION)
                    .header("Upload-Offset"));
        } catch (ApiFailure failed) {
            if (failed.status == 404 || failed.status == 410) {
                return -1;
            }
            throw failed;
        }
    }

    private void send(Source source, String url, long from) {
        long offset = from;
        int failures = 0;
        while (offset < source.size()) {
            progress.bytes(source.path(), offset, source.size());
            try {
                offset = piece(source, url, offset);
                failures = 0;
            } catch (ApiFailure failed) {
                boolean passing = failed.status == 0 || failed.status == 409 || HttpStatus.isPassing(failed.status);
                if (!passing || ++failures > MOST_FAILURES) {
                    progress.end();
                    throw passing
                            ? new ApiFailure(failed.getMessage() + "; run the same command again to continue")
                            : failed;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(Math.min(LONGEST_PAUSE_MILLIS, 250L << failures)));
                offset = whereItIs(url, offset);
            }
        }
        progress.bytes(source.path(), source.size(), source.size());
    }

    /** Asks where to go on. A controller that is away is asked for the next piece instead. */
    private long whereItIs(String url, long otherwise) {
        try {
            long offset = offset(url);
            if (offset < 0) {
                throw new ApiFailure("the controller has dropped the upload; run the same command again");
            }
            return offset;
        } catch (ApiFailure away) {
            if (away.status == 0 && !away.getMessage().startsWith("the controller has dropped")) {
                return otherwise;
            }
            throw away;
        }
    }

    private long piece(Source source, String url, long offset) {
        long end = Math.min(source.size(), offset + PIECE_BYTES);
        BodyPublisher body = BodyPublishers.fromPublisher(
                BodyPublishers.ofInputStream(() -> open(source, offset, end)), end - offset);
        return Long.parseLong(client.send(
                        "PATCH",
                        url,
                        body,
                        PIECE,
                        PROTOCOL,
                        VERSION,
                        "Upload-Offset",
                        Long.toString(offset),
                        "Content-Type",
                        "application/offset+octet-stream")
                .header("Upload-Offset"));
    }

    private InputStream open(Source source, long offset, long end) {
        try {
            return new FilePiece(source.file(), offset, end, at -> progress.bytes(source.path(), at, source.size()));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
