package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.file.StoredFile;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.job.JobView;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.log.LogStreams.JobLog;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.FileKind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** What goes into a job and comes out of it, over REST. */
public final class JobFileResource implements Resource {
    private static final String DIGEST = "sha-256=";
    private static final int SHA256_BYTES = 32;
    private static final int RESULT_LINES = 100;

    private final Jobs jobs;
    private final Files files;
    private final JobFiles found;
    private final LogStreams logs;

    public JobFileResource(Jobs jobs, Files files, LogStreams logs) {
        this.jobs = jobs;
        this.files = files;
        this.found = new JobFiles(files);
        this.logs = logs;
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

    /** Null when the caller says none. A Digest of another kind is refused: taken silently, it would look checked. */
    private static String checksum(Request request) {
        String hex = request.header("X-Checksum-Sha256");
        String digest = request.header("Digest");
        if (hex != null && !Sha256.isHex(hex)) {
            throw Failure.invalid("header:X-Checksum-Sha256", "must be 64 hexadecimal digits");
        }
        if (hex != null || digest == null) {
            return hex;
        }
        try {
            byte[] sum = digest.toLowerCase(Locale.ROOT).startsWith(DIGEST)
                    ? Base64.getDecoder().decode(digest.substring(DIGEST.length()))
                    : new byte[0];
            if (sum.length == SHA256_BYTES) {
                return HexFormat.of().formatHex(sum);
            }
        } catch (IllegalArgumentException unreadable) { // refused below
        }
        throw Failure.invalid("header:Digest", "must be sha-256= and the checksum in Base64");
    }

    private Future<Reply> outputs(Request request) {
        Context context = Vertx.currentContext();
        return jobs.program(request.id())
                .compose(job -> kept(request, job, FileKind.outputs))
                .compose(file -> found.open(context, file)
                        .map(content -> sent("application/gzip", content, content.sizeBytes())
                                .header(
                                        "Content-Disposition",
                                        "attachment; filename=\"" + request.id() + "-outputs.tar.gz\"")
                                .header("X-Checksum-Sha256", file.sha256())));
    }

    /** The log that was kept; while there is none yet, what its node has, to be followed or as it is. */
    private Future<Reply> logs(Request request) {
        Context context = Vertx.currentContext();
        String user = request.principal().name();
        var lines = LogRequest.Lines.of(request);
        int tail = lines.tail();
        int attempt = (int) request.number("attempt", 0);
        return jobs.program(request.id()).compose(job -> {
            Step step = job.steps().get(0);
            int number = attempt > 0 ? attempt : step.attempt();
            boolean ended = job.status().isFinal()
                    || (number > 0
                            && number <= step.attempt()
                            && !step.attempts().get(number - 1).open());
            if (!ended && request.flag("follow")) {
                var asked = new LogRequest(
                        user, job.id(), 0, attempt, lines, StreamForm.of(request, StreamForm.TEXT), false);
                return new JobStream(context, LogSources.ofJobs(jobs, found, logs), asked).reply(job);
            }
            if (!ended && number > 0 && number <= step.attempt()) {
                String command = new CommandId(job.id(), 0, number).toString();
                String node = step.attempts().get(number - 1).nodeId();
                return logs.openJob(context, user, new JobLog(node, command, false, tail, lines.timestamps()))
                        .map(live -> Reply.stream(
                                "text/plain; charset=utf-8",
                                response -> new LogWriter(live, response).start(context.owner())));
            }
            return kept(request, job, FileKind.log)
                    .compose(file -> tail >= 0
                            ? found.lastLines(context, file, tail).map(JobFileResource::text)
                            : found.open(context, file)
                                    .map(content -> sent("text/plain; charset=utf-8", content, content.sizeBytes())));
        });
    }

    private Future<Reply> result(Request request) {
        Context context = Vertx.currentContext();
        return jobs.get(request.id()).compose(job -> {
            int newest = job.steps().get(0).attempt();
            var json = new JsonObject()
                    .put("jobId", job.id())
                    .put("status", job.phase().name());
            JsonObject output = job.steps().get(0).output();
            for (String field : List.of("exitCode", "oomKilled", "warnings")) {
                if (output != null && output.getValue(field) != null) {
                    json.put(field, output.getValue(field));
                }
            }
            json.put("logFile", JobView.logFile(output));
            if (job.error() != null) {
                json.put("error", Json.toObject(job.error()));
            }
            return found.find(job.id(), newest, false, FileKind.outputs)
                    .onSuccess(file -> json.put("outputs", file == null ? null : shown(file)))
                    .compose(file -> found.find(job.id(), newest, false, FileKind.log))
                    .compose(log ->
                            log == null ? Future.succeededFuture(null) : found.lastLines(context, log, RESULT_LINES))
                    .map(lines -> {
                        json.put("log", lines).getMap().values().removeIf(java.util.Objects::isNull);
                        return Reply.ok(json);
                    });
        });
    }

    /** Fails with NOT_FOUND when this job, or this attempt of it, has kept no such file. */
    private Future<StoredFile> kept(Request request, Execution job, FileKind kind) {
        int attempt = (int) request.number("attempt", 0);
        int newest = job.steps().get(0).attempt();
        return found.find(job.id(), attempt > 0 ? attempt : newest, attempt > 0, kind)
                .map(file -> {
                    if (file == null) {
                        throw new Failure(
                                Failure.Kind.NOT_FOUND,
                                "job " + job.id() + (attempt > 0 ? " has in attempt " + attempt : " has") + " kept no "
                                        + kind + (job.status().isFinal() ? "" : " yet: it has not ended"));
                    }
                    return file;
                });
    }

    private static JsonObject shown(StoredFile file) {
        return new JsonObject()
                .put("fileId", file.id())
                .put("sha256", file.sha256())
                .put("sizeBytes", file.sizeBytes());
    }

    static Reply sent(String type, ObjectContent content, long bytes) {
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

    static Reply text(String text) {
        return Reply.stream("text/plain; charset=utf-8", response -> response.end(text));
    }
}
