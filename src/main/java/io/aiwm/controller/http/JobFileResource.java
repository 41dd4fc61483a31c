package io.aiwm.controller.http;

import io.aiwm.controller.execution.CommandId;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.file.StoredFile;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.store.ObjectContent;
import io.aiwm.protocol.Failure;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.Json;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;

/** What goes into a job and comes out of it, over REST. */
public final class JobFileResource implements Resource {
    private static final String DIGEST = "sha-256=";
    /** The last lines are looked for in so much of the end of a log. */
    private static final long TAIL_BYTES = 4L << 20;

    private static final int RESULT_LINES = 100;

    private final Jobs jobs;
    private final Files files;

    public JobFileResource(Jobs jobs, Files files) {
        this.jobs = jobs;
        this.files = files;
    }

    @Override
    public String fragment() {
        return "job-files";
    }

    @Override
    public void mount(Api api) {
        api.on("uploadJobInputs", this::upload);
        api.on("downloadJobOutputs", this::outputs);
        api.on("readJobLogs", this::logs);
        api.on("getJobResult", this::result);
    }

    private Future<Reply> upload(Request request) {
        return files.upload(
                        request.content(),
                        checksum(request),
                        request.principal().name())
                .map(file -> Reply.of(201, shown(file).encode()));
    }

    /** Null when the caller says none. */
    private static String checksum(Request request) {
        String hex = request.header("X-Checksum-Sha256");
        String digest = request.header("Digest");
        if (hex != null
                || digest == null
                || !digest.toLowerCase(java.util.Locale.ROOT).startsWith(DIGEST)) {
            return hex;
        }
        try {
            return HexFormat.of().formatHex(Base64.getDecoder().decode(digest.substring(DIGEST.length())));
        } catch (IllegalArgumentException unreadable) {
            throw Failure.invalid("header:Digest", "must be sha-256= and the checksum in Base64");
        }
    }

    private Future<Reply> outputs(Request request) {
        Context context = Vertx.currentContext();
        return kept(request, FileKind.outputs)
                .compose(file -> opened(context, () -> files.open(file, 0, -1))
                        .map(content -> sent("application/gzip", content, content.sizeBytes())
                                .header(
                                        "Content-Disposition",
                                        "attachment; filename=\"" + request.id() + "-outputs.tar.gz\"")
                                .header("X-Checksum-Sha256", file.sha256())));
    }

    private Future<Reply> logs(Request request) {
        Context context = Vertx.currentContext();
        long tail = request.number("tail", -1);
        return kept(request, FileKind.log).compose(file -> {
            if (tail >= 0) {
                return lastLines(context, file, (int) tail).map(JobFileResource::text);
            }
            return opened(context, () -> files.open(file, 0, -1))
                    .map(content -> sent("text/plain; charset=utf-8", content, content.sizeBytes()));
        });
    }

    private Future<Reply> result(Request request) {
        Context context = Vertx.currentContext();
        return jobs.get(request.id())
                .compose(job -> files.ofJob(job.id()).compose(all -> {
                    var json = new JsonObject()
                            .put("jobId", job.id())
                            .put("status", job.phase().name());
                    JsonObject output = job.steps().get(0).output();
                    for (String field : List.of("exitCode", "oomKilled")) {
                        if (output != null && output.getValue(field) != null) {
                            json.put(field, output.getValue(field));
                        }
                    }
                    if (job.error() != null) {
                        json.put("error", Json.toObject(job.error()));
                    }
                    StoredFile outputs = newest(all, job, FileKind.outputs, 0);
                    if (outputs != null) {
                        json.put("outputs", shown(outputs));
                    }
                    StoredFile log = newest(all, job, FileKind.log, 0);
                    return log == null
                            ? Future.succeededFuture(Reply.ok(json))
                            : lastLines(context, log, RESULT_LINES).map(lines -> Reply.ok(json.put("log", lines)));
                }));
    }

    /** Fails with NOT_FOUND when this job, or this attempt of it, has kept no such file. */
    private Future<StoredFile> kept(Request request, FileKind kind) {
        int attempt = (int) request.number("attempt", 0);
        return jobs.get(request.id())
                .compose(job -> files.ofJob(job.id()).map(all -> {
                    StoredFile file = newest(all, job, kind, attempt);
                    if (file == null) {
                        throw new Failure(
                                Failure.Kind.NOT_FOUND,
                                "job " + job.id() + (attempt > 0 ? " has in attempt " + attempt : " has") + " kept no "
                                        + kind + (job.status().isFinal() ? "" : " yet: it has not ended"));
                    }
                    return file;
                }));
    }

    /** @param attempt 0: the newest that has one */
    private static StoredFile newest(List<StoredFile> all, Execution job, FileKind kind, int attempt) {
        int from = attempt > 0 ? attempt : job.steps().get(0).attempt();
        for (int number = from; number >= (attempt > 0 ? attempt : 1); number--) {
            String command = new CommandId(job.id(), 0, number).toString();
            for (StoredFile file : all) {
                if (file.kind() == kind && command.equals(file.commandId())) {
                    return file;
                }
            }
        }
        return null;
    }

    private static JsonObject shown(StoredFile file) {
        return new JsonObject()
                .put("fileId", file.id())
                .put("sha256", file.sha256())
                .put("sizeBytes", file.sizeBytes());
    }

    private static Reply sent(String type, ObjectContent content, long bytes) {
        return Reply.stream(type, response -> {
            response.putHeader("Content-Length", Long.toString(bytes));
            pipe(content, response);
        });
    }

    private static void pipe(ObjectContent content, HttpServerResponse response) {
        response.closeHandler(gone -> content.close());
        content.pipe()
                .endOnFailure(false)
                .to(response)
                // half a file must not look like a whole one: the connection ends before its length is reached
                .onFailure(broken -> response.reset());
    }

    private static Reply text(String text) {
        return Reply.stream("text/plain; charset=utf-8", response -> response.end(text));
    }

    private Future<String> lastLines(Context context, StoredFile file, int lines) {
        long from = Math.max(0, file.sizeBytes() - TAIL_BYTES);
        return opened(context, () -> files.open(file, from, -1)).compose(content -> {
            Buffer all = Buffer.buffer();
            return collected(content, all).map(read -> last(all.toString(), lines));
        });
    }

    private static Future<Void> collected(ObjectContent content, Buffer all) {
        var done = Promise.<Void>promise();
        content.exceptionHandler(done::tryFail);
        content.endHandler(end -> done.tryComplete());
        content.handler(all::appendBuffer);
        content.resume();
        return done.future();
    }

    private static String last(String text, int lines) {
        int at = text.endsWith("\n") ? text.length() - 1 : text.length();
        for (int i = 0; i < lines && at >= 0; i++) {
            at = text.lastIndexOf('\n', at - 1);
            if (at < 0) {
                return text;
            }
        }
        return text.substring(Math.min(text.length(), at + 1));
    }

    /** Opens it on the request's own context, which is where its callbacks are wanted. */
    private static Future<ObjectContent> opened(Context context, Supplier<Future<ObjectContent>> open) {
        var opened = Promise.<ObjectContent>promise();
        context.runOnContext(go -> open.get().onComplete(opened));
        return opened.future();
    }
}
