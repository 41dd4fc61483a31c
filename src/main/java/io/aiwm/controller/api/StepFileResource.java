package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.file.StoredFile;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.log.LogStreams.JobLog;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.FileKind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** What the steps of an execution print and make, over REST; the one step of a job is reached here, too. */
public final class StepFileResource implements Resource {
    private final Executions executions;
    private final JobFiles found;
    private final LogStreams logs;
    private final ExecutionAccess access;

    public StepFileResource(Executions executions, Files files, LogStreams logs, CallerIdentity callers) {
        this.executions = executions;
        this.found = new JobFiles(files);
        this.logs = logs;
        this.access = new ExecutionAccess(callers);
    }

    @Override
    public String fragment() {
        return "execution-files";
    }

    @Override
    public void mount(Api api) {
        api.on("readStepLogs", this::logs);
        api.on("downloadStepOutputs", this::outputs);
    }

    /** A step that runs a program. */
    private record Program(Execution execution, Step step, int index, int asked) {
        /** The attempt that is asked for; 0: there was none yet. */
        int attempt() {
            return asked > 0 ? asked : step.attempt();
        }

        boolean exists() {
            return attempt() > 0 && attempt() <= step.attempt();
        }

        boolean ended() {
            return execution.status().isFinal()
                    || (exists() && !step.attempts().get(attempt() - 1).open());
        }

        CommandId command() {
            return new CommandId(execution.id(), index, attempt());
        }

        String displayName() {
            return "step " + index + " of execution " + execution.id();
        }
    }

    private Future<Program> program(Request request) {
        int index = Integer.parseInt(request.path("step"));
        return executions
                .get(request.id())
                .compose(found -> access.seen(request, found))
                .map(execution -> {
                    if (index >= execution.steps().size()) {
                        throw new Failure(
                                Failure.Kind.NOT_FOUND,
                                "execution " + execution.id() + " has steps 0 to "
                                        + (execution.steps().size() - 1));
                    }
                    Step step = execution.steps().get(index);
                    var program = new Program(execution, step, index, (int) request.number("attempt", 0));
                    if (!step.spec().command().equals(CommandNames.JOB_RUN)) {
                        throw Failure.conflict(program.displayName() + " is "
                                + step.spec().command()
                                + ", which runs no program: its result is the step's output or error in GET"
                                + " /api/executions/"
                                + execution.id() + "; a deployment's container has GET /api/deployments/{id}/logs");
                    }
                    return program;
                });
    }

    /** The log that was kept; while there is none yet, what its node has, to be followed or as it is. */
    private Future<Reply> logs(Request request) {
        Context context = Vertx.currentContext();
        String user = request.principal().name();
        var lines = LogRequest.Lines.of(request);
        int tail = lines.tail();
        return program(request).compose(program -> {
            if (!program.ended() && request.flag("follow")) {
                var asked = new LogRequest(
                        user,
                        program.execution().id(),
                        program.index(),
                        program.asked(),
                        lines,
                        StreamForm.of(request, StreamForm.TEXT),
                        false);
                // a step of an execution has no result of its own to come last
                var sources = new LogSources(executions::get, none -> Future.succeededFuture(), found, logs);
                return new JobStream(context, sources, asked).reply(program.execution());
            }
            if (!program.ended() && program.exists()) {
                String node =
                        program.step().attempts().get(program.attempt() - 1).nodeId();
                return logs.openJob(
                                context,
                                user,
                                new JobLog(node, program.command().toString(), false, tail, lines.timestamps()))
                        .map(live -> Reply.stream(
                                "text/plain; charset=utf-8",
                                response -> new LogWriter(live, response).start(context.owner())));
            }
            return kept(program, FileKind.log)
                    .compose(file -> tail >= 0
                            ? found.lastLines(context, file, tail).map(JobFileResource::text)
                            : found.open(context, file)
                                    .map(content -> JobFileResource.sent(
                                            "text/plain; charset=utf-8", content, content.sizeBytes())));
        });
    }

    private Future<Reply> outputs(Request request) {
        Context context = Vertx.currentContext();
        return program(request)
                .compose(program -> kept(program, FileKind.outputs)
                        .compose(file -> found.open(context, file)
                                .map(content -> JobFileResource.sent("application/gzip", content, content.sizeBytes())
                                        .header(
                                                "Content-Disposition",
                                                "attachment; filename=\""
                                                        + program.execution().id() + "." + program.index()
                                                        + "-outputs.tar.gz\"")
                                        .header("X-Checksum-Sha256", file.sha256()))));
    }

    private Future<StoredFile> kept(Program program, FileKind kind) {
        return found.find(program.execution().id(), program.index(), program.attempt(), program.asked() > 0, kind)
                .map(file -> {
                    if (file == null) {
                        throw new Failure(
                                Failure.Kind.NOT_FOUND,
                                program.displayName() + " has kept no " + kind
                                        + (program.ended() ? "" : " yet: it has not ended"));
                    }
                    return file;
                });
    }
}
