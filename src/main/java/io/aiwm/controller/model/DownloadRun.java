package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.model.hub.DownloadFailure;
import io.aiwm.controller.model.hub.GuardedHttp;
import io.aiwm.controller.model.hub.Hub;
import io.aiwm.controller.model.hub.HubCredential;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** One download under way in this process: what is to be fetched, one file after the other, and how it ended. */
final class DownloadRun {
    private static final long TELL_MILLIS = 1_000;

    private final DownloadTools tools;
    private final Execution execution;
    private final CommandId command;
    private final String versionId;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Transfer transfer = new Transfer();
    private volatile FileFetch current;

    DownloadRun(DownloadTools tools, Execution execution, String versionId) {
        this.tools = tools;
        this.execution = execution;
        this.command = new CommandId(execution.id(), 0, execution.steps().get(0).attempt());
        this.versionId = versionId;
    }

    /** Ends it soon; what has arrived stays for a while. */
    void stop() {
        stopped.set(true);
        FileFetch fetch = current;
        if (fetch != null) {
            fetch.stop();
        }
    }

    /** Succeeds when its end is stored. Fails when this process cannot go on, which says nothing of the download. */
    Future<Void> start() {
        long timer = tools.vertx().setPeriodic(TELL_MILLIS, tick -> tell());
        return tools.records()
                .version(versionId)
                .compose(version -> tools.records()
                        .changeVersion(
                                versionId,
                                seen -> seen.state() == ModelState.READY || seen.state() == ModelState.VERIFYING
                                        ? seen
                                        : seen.in(
                                                ModelState.DOWNLOADING,
                                                null,
                                                tools.records().now())))
                .compose(version -> version.state() == ModelState.READY
                        ? Future.<Void>succeededFuture()
                        : pinned(version).compose(this::files).compose(all -> fetch(all, 0)))
                .compose(fetched -> tools.records().version(versionId))
                .compose(version -> tools.content().commit(version))
                .compose(this::aliased)
                .compose(this::succeeded)
                .recover(this::failed)
                .onComplete(done -> tools.vertx().cancelTimer(timer));
    }

    private Hub hub(JsonObject source) {
        String endpoint = source.getString("endpoint");
        URI uri = endpoint == null ? tools.hub() : URI.create(endpoint);
        SecretRef secret = DownloadRequest.of(source).token();
        return new Hub(
                tools.http(),
                uri,
                secret != null
                        ? tools.secrets().credential(secret)
                        // what was set anew since is not told the token of now
                        : HubCredential.bearer(uri.equals(tools.hub()) ? tools.token() : null));
    }

    private static DownloadRequest wanted(ModelVersion version) {
        return DownloadRequest.of(version.source());
    }

    /** The version with the commit that its revision was when it was first looked at. */
    private Future<ModelVersion> pinned(ModelVersion version) {
        DownloadRequest wanted = wanted(version);
        if (wanted.repo() == null || version.source().getString("commit") != null) {
            return Future.succeededFuture(version);
        }
        String revision = wanted.revision() == null ? "main" : wanted.revision();
        return patient(() -> hub(version.source()).commit(wanted.repo(), revision))
                .compose(commit -> tools.records()
                        .changeVersion(
                                versionId,
                                seen -> seen.but()
                                        .source(seen.source().copy().put("commit", commit))
                                        .updatedAt(tools.records().now())
                                        .build()));
    }

    private interface Asking<T> {
        Future<T> ask();
    }

    private <T> Future<T> patient(Asking<T> asking) {
        return new DownloadRetries(tools.vertx(), tools.pauses(), stopped::get).run(asking::ask, () -> false);
    }

    private Future<List<FileFetch.Wanted>> files(ModelVersion version) {
        DownloadRequest wanted = wanted(version);
        if (wanted.repo() == null) {
            var all = new ArrayList<FileFetch.Wanted>();
            for (DownloadRequest.Source source : wanted.urls()) {
                all.add(new FileFetch.Wanted(
                        source.pathOrLast(),
                        -1,
                        source.sha256(),
                        null,
                        headers -> tools.secrets()
                                .credential(source.authorization())
                                .authorization()
                                .map(told -> new GuardedHttp.Get(GuardedHttp.url(source.url()), told, headers))));
            }
            return Future.succeededFuture(all);
        }
        String commit = version.source().getString("commit");
        Hub hub = hub(version.source());
        return patient(() -> hub.files(wanted.repo(), commit, 10 * ModelVersion.MOST_FILES))
                .map(entries -> {
                    var all = new ArrayList<FileFetch.Wanted>();
                    for (Hub.Entry entry : entries) {
                        if (wanted.takes(entry.path())) {
                            String mistake = ModelPath.mistake(entry.path());
                            if (mistake != null) {
                                throw DownloadFailure.of(ErrorCategory.INVALID, "a path in the repository " + mistake);
                            }
                            all.add(new FileFetch.Wanted(
                                    entry.path(),
                                    entry.sizeBytes(),
                                    entry.sha256(),
                                    commit,
                                    headers -> hub.file(wanted.repo(), commit, entry.path(), headers)));
                        }
                    }
                    if (all.isEmpty() || all.size() > ModelVersion.MOST_FILES) {
                        throw DownloadFailure.of(
                                ErrorCategory.INVALID,
                                all.isEmpty()
                                        ? "nothing in the repository is included"
                                        : all.size() + " files are included, more than " + ModelVersion.MOST_FILES);
                    }
                    return all;
                });
    }

    private Future<Void> fetch(List<FileFetch.Wanted> all, int at) {
        if (at == 0) {
            transfer.expect(all.stream().mapToLong(FileFetch.Wanted::sizeBytes).toArray());
        }
        if (at == all.size()) {
            return Future.succeededFuture();
        }
        if (stopped.get()) {
            return Future.failedFuture(new Stopped());
        }
        transfer.begin(all.get(at).path(), all.get(at).sizeBytes());
        var fetch = new FileFetch(tools, versionId, execution, all.get(at), transfer, stopped::get);
        current = fetch;
        return fetch.run().compose(done -> {
            transfer.fileDone();
            return fetch(all, at + 1);
        });
    }

    /** It was asked to end. */
    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;

        Stopped() {
            super("stopped", null, false, false);
        }
    }

    private Future<ModelVersion> aliased(ModelVersion ready) {
        String alias = ready.source() == null ? null : ready.source().getString("alias");
        return alias == null || ready.state() != ModelState.READY
                ? Future.succeededFuture(ready)
                : tools.records()
                        .changeLive(
                                ready.modelId(),
                                seen -> Integer.valueOf(ready.number())
                                                .equals(seen.aliases().get(alias))
                                        ? seen
                                        : seen.withAlias(
                                                alias,
                                                ready.number(),
                                                tools.records().now()))
                        .map(ready);
    }

    private void tell() {
        if (!stopped.get()) {
            tools.executions()
                    .progressed(command, Placer.CONTROLLER, transfer.percent(), transfer.words(), transfer.progress())
                    .otherwiseEmpty();
        }
    }

    private Future<Void> succeeded(ModelVersion version) {
        if (version.state() != ModelState.READY) {
            throw DownloadFailure.of(ErrorCategory.INTERNAL, version.reason());
        }
        return end(
                Outcome.success,
                new JsonObject(Map.of(
                        "modelId", version.modelId(),
                        "version", version.number(),
                        "sizeBytes", version.sizeBytes(),
                        "files", version.files().size())),
                null);
    }

    private Future<Void> failed(Throwable cause) {
        Failure failure = Failure.of(cause);
        boolean ours = !(cause instanceof DownloadFailure)
                && !(cause instanceof Stopped)
                && (failure.retryable() || failure.kind == Failure.Kind.INTERNAL);
        if (ours) {
            return Future.failedFuture(cause); // a store that is away: the sweep goes on with it
        }
        return tools.executions().get(execution.id()).compose(now -> {
            boolean cancelled = now.cancelAsked() || cause instanceof Stopped;
            String why = cancelled
                    ? "the download was cancelled" + (now.cancelReason() == null ? "" : ": " + now.cancelReason())
                    : cause instanceof DownloadFailure known ? known.getMessage() : failure.getMessage();
            ErrorCategory category = cause instanceof DownloadFailure known
                    ? known.category
                    : failure.kind == Failure.Kind.TOO_LARGE ? ErrorCategory.RESOURCE_EXHAUSTED : ErrorCategory.INVALID;
            return tools.records()
                    .changeVersion(
                            versionId,
                            seen -> seen.in(
                                    ModelState.FAILED, why, tools.records().now()))
                    .<Void>mapEmpty()
                    .recover(Blobs::unlessGone)
                    .compose(noted -> end(
                            cancelled ? Outcome.cancelled : Outcome.failure,
                            null,
                            cancelled ? null : new CommandError(category, why, false)));
        });
    }

    private Future<Void> end(Outcome outcome, JsonObject output, CommandError error) {
        Instant now = tools.records().now();
        Instant began = execution.steps().get(0).current().assignedAt();
        var result = new CommandResult(null, command.toString(), outcome, output, error, began, now);
        return tools.executions()
                .finished(command, Placer.CONTROLLER, result, Ids.uuid7())
                .mapEmpty();
    }
}
