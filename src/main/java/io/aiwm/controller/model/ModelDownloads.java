package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.TransferProgress;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models that are fetched from a hub or from URLs: an execution of one step, which the controller carries out. Whoever is
 * started after a controller that was killed finds the open step and goes on.
 */
public final class ModelDownloads {
    private static final Logger LOG = LoggerFactory.getLogger(ModelDownloads.class);
    public static final String TYPE = "model.download";
    private static final Duration LONGEST = Duration.ofDays(30);
    /** How long a version stays as it is when its execution does not stand behind it. */
    private static final Duration ORPHANED = Duration.ofMinutes(10);
    /** Downloads at once; the others wait. */
    private static final int AT_ONCE = 4;

    private final IsolatedForEach each = new IsolatedForEach(LOG, "download");
    private final ModelRecords records;
    private final Models models;
    private final Executions executions;
    private final DownloadTools tools;
    private final Map<String, DownloadRun> running = new ConcurrentHashMap<>();

    /** Make it before the first execution is written: it listens. */
    ModelDownloads(ModelRecords records, Models models, Executions executions, DownloadTools tools) {
        this.records = records;
        this.models = models;
        this.executions = executions;
        this.tools = tools;
        executions.onWritten(this::written);
    }

    /** What was begun. */
    public record Begun(ModelVersion version, Execution execution) {}

    /**
     * Makes a version, and the execution that fetches its files. Fails with UNPROCESSABLE naming everything that is wrong.
     *
     * @param executionId the same twice gives what was begun first
     */
    public Future<Begun> begin(String executionId, DownloadRequest wanted, String actor) {
        wanted.refuse();
        return tools.secrets().check(wanted).compose(known -> make(executionId, wanted, actor));
    }

    private Future<Begun> make(String executionId, DownloadRequest wanted, String actor) {
        Future<Model> model = wanted.model() != null
                ? models.get(wanted.model())
                : models.named(wanted.modelName(), wanted.task(), actor);
        return model.compose(found -> models.addVersion(found, null, actor)
                .compose(version -> records.changeVersion(
                        version.id(),
                        seen -> seen.in(ModelState.DOWNLOADING, null, records.now())
                                .but()
                                .source(Json.toObject(wanted)
                                        .put("endpoint", wanted.repo() == null ? null : tools.endpoint()))
                                .executionId(executionId)
                                .build()))
                .compose(version -> executions
                        .create(execution(executionId, found, version, wanted), actor)
                        .map(execution -> new Begun(version, execution))
                        .recover(refused ->
                                models.dropVersion(version).transform(gone -> Future.failedFuture(refused)))));
    }

    private static io.aiwm.controller.execution.NewExecution execution(
            String id, Model model, ModelVersion version, DownloadRequest wanted) {
        var data = new JsonObject().put("versionId", version.id());
        if (!wanted.secrets().isEmpty()) {
            // the name of this field is not one whose value is masked: these are names
            data.put(
                    "keysFrom",
                    wanted.secrets().values().stream()
                            .map(SecretRef::secret)
                            .distinct()
                            .toList());
        }
        return NewExecutionBuilder.builder()
                .id(id)
                .name("download " + model.name() + " version " + version.number())
                .category("model")
                .type(TYPE)
                .resourceType("model")
                .resourceId(model.id())
                .timeoutMs(LONGEST.toMillis())
                .start(true)
                .steps(List.of(StepSpecBuilder.builder()
                        .index(0)
                        .name("download")
                        .command(CommandNames.MODEL_PULL)
                        .data(data)
                        .dependsOn(List.of())
                        .build()))
                .build();
    }

    /** What was begun under this id. Fails with NOT_FOUND. */
    public Future<Begun> begun(String executionId) {
        return executions
                .get(executionId)
                .compose(execution ->
                        records.version(versionOf(execution)).map(version -> new Begun(version, execution)));
    }

    /** How far the download of a version is; null: none is under way, or it has said nothing yet. */
    public Future<TransferProgress> progress(ModelVersion version) {
        return version.state() != ModelState.DOWNLOADING || version.executionId() == null
                ? Future.succeededFuture(null)
                : executions
                        .get(version.executionId())
                        .map(execution -> execution.steps().get(0).transfer())
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Future.succeededFuture(null)
                                : Future.failedFuture(cause));
    }

    static boolean is(Execution execution) {
        return TYPE.equals(execution.type())
                && CommandNames.MODEL_PULL.equals(
                        execution.steps().get(0).spec().command());
    }

    static String versionOf(Execution execution) {
        return execution.steps().get(0).spec().data().getString("versionId");
    }

    private void written(Execution before, Execution after) {
        if (!is(after)) {
            return;
        }
        DownloadRun run = running.get(after.id());
        if (run != null && (after.cancelAsked() || after.status().isFinal())) {
            run.stop();
        } else if (run == null && isOpen(after)) {
            go(after);
        }
    }

    private static boolean isOpen(Execution execution) {
        Step step = execution.steps().get(0);
        return step.status().isOpenAttempt() && Placer.CONTROLLER.equals(step.nodeId());
    }

    /** A sweep: goes on with every open download that no process is at work on. */
    public Future<Void> run() {
        return executions
                .openOn(Placer.CONTROLLER)
                .compose(open -> each.all(
                        open.stream()
                                .filter(ModelDownloads::is)
                                .filter(ModelDownloads::isOpen)
                                .filter(one -> !running.containsKey(one.id()))
                                .toList(),
                        Execution::id,
                        one -> tools.incoming().heldElsewhere(versionOf(one)).map(held -> !held && go(one))))
                .mapEmpty();
    }

    /** A sweep: ends versions whose execution is gone or has ended without saying so to them. */
    public Future<Void> orphans() {
        Instant before = records.now().minus(ORPHANED);
        return records.findVersions(Query.where(
                                Condition.eq("state", ModelState.DOWNLOADING.name()),
                                Condition.eq("phase", ModelVersion.ACTIVE),
                                Condition.lt("updatedAtMs", before.toEpochMilli()))
                        .limit(ModelRecords.MOST_FOUND))
                .compose(page -> each.all(page.items(), ModelVersion::id, this::endIfOrphan))
                .mapEmpty();
    }

    private Future<Void> endIfOrphan(ModelVersion version) {
        return executions
                .get(version.executionId())
                .map(execution -> execution.status().isFinal() ? "its download has ended" : null)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture("its download is gone")
                        : Future.failedFuture(cause))
                .compose(why -> why == null
                        ? Future.succeededFuture()
                        : records.changeVersion(
                                        version.id(),
                                        seen -> seen.state() == ModelState.DOWNLOADING
                                                ? seen.in(ModelState.FAILED, why, records.now())
                                                : seen)
                                .mapEmpty());
    }

    private boolean go(Execution execution) {
        if (running.size() >= AT_ONCE) {
            return false; // the sweep looks again
        }
        var run = new DownloadRun(tools, execution, versionOf(execution));
        if (running.putIfAbsent(execution.id(), run) == null) {
            run.start()
                    .onFailure(cause -> LOG.warn("download {} is looked at again", execution.id(), cause))
                    .onComplete(done -> running.remove(execution.id(), run));
        }
        return true;
    }

    /** An id for a download to be begun. */
    public static String newId() {
        return Ids.next("ex");
    }
}
