package io.aiwm.controller.job;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.RetrySelection;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records.Page;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.JobCommand;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Jobs, which are executions of category {@code job} with one step. There is no second record of them: what is stored,
 * and what happens to it, is {@link Executions}' matter.
 */
public final class Jobs {
    public static final String PREFIX = "job";
    /** How many jobs of a batch, or tasks of an array, are handled at once. */
    static final int AT_ONCE = 100;

    private final Executions executions;
    private final NodeDirectory nodes;
    private final Files files;
    private final JobPlans plans;
    private final RegistryPasswords registries;

    public Jobs(
            Executions executions,
            NodeDirectory nodes,
            Files files,
            Config.Jobs defaults,
            RegistryPasswords registries) {
        this.registries = registries;
        this.executions = executions;
        this.nodes = nodes;
        this.files = files;
        this.plans = new JobPlans(defaults);
    }

    /** Everything that is wrong with a job that is asked for; empty when nothing is. */
    List<FieldError> mistakes(JobRequest job, String prefix) {
        return JobRules.check(job, nodes, prefix, plans.usualMemory());
    }

    /**
     * Stores a job and starts it in the same write. The same id twice gives the one there is. Fails with UNPROCESSABLE,
     * naming everything that is wrong, or LIMITED (too many open).
     */
    public Future<Execution> create(String id, JobRequest job, String actor) {
        return create(id, job, null, actor);
    }

    Future<Execution> create(String id, JobRequest job, String scheduleId, String actor) {
        JobRules.refuse(mistakes(job, ""));
        return secret(job, "").compose(readable -> made(id, job, scheduleId, actor));
    }

    /** Fails with UNPROCESSABLE naming the field when the job names a stored secret that cannot be had. */
    Future<Void> secret(JobRequest job, String prefix) {
        return registries.check(job.registryAuth(), prefix + "/registryAuth");
    }

    private Future<Execution> made(String id, JobRequest job, String scheduleId, String actor) {
        if (job.inputs() == null) {
            return executions.create(plans.plan(id, job, null, scheduleId), actor);
        }
        return inputs(id, job.inputs().fileId())
                .compose(inputs -> executions.create(plans.plan(id, job, inputs, scheduleId), actor))
                .compose(made -> files.use(job.inputs().fileId(), id)
                        .map(made)
                        // another job was faster to take it, or it was just deleted
                        .recover(cause -> executions
                                .cancel(id, "it cannot have its inputs", actor)
                                .transform(cancelled -> Future.failedFuture(cause))));
    }

    private Future<JobCommand.Inputs> inputs(String jobId, String fileId) {
        String at = "/inputs/fileId";
        return files.get(fileId)
                .recover(cause -> Future.failedFuture(
                        Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Failure.unprocessable(
                                        at, "file " + fileId + " does not exist; POST /api/jobs/inputs uploads one")
                                : cause))
                .map(file -> {
                    if (file.kind() != FileKind.inputs) {
                        throw Failure.unprocessable(at, "file " + fileId + " is no upload");
                    }
                    if (file.jobId() != null && !file.jobId().equals(jobId)) {
                        throw Failure.unprocessable(at, "file " + fileId + " is another job's; upload it again");
                    }
                    return new JobCommand.Inputs(fileId, file.sha256(), file.sizeBytes());
                });
    }

    /** The step that a job, or each task of an array, will be. Fails with UNPROCESSABLE as {@link #create}. */
    StepSpec step(JobRequest job) {
        JobRules.refuse(mistakes(job, ""));
        return plans.task("planned", job, null);
    }

    /** A job, or a task of an array. Fails with NOT_FOUND. */
    public Future<Execution> get(String id) {
        return executions
                .get(id)
                .map(found -> {
                    if (!isJob(found)) {
                        throw Failure.notFound(PREFIX, id);
                    }
                    return found;
                })
                .recover(cause -> Future.failedFuture(
                        Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? Failure.notFound(PREFIX, id) : cause));
    }

    /** A job that is not an array, so that it has logs and outputs of its own. Fails with NOT_FOUND, and CONFLICT. */
    public Future<Execution> program(String id) {
        return get(id).map(job -> {
            if (ArraySpec.is(job)) {
                throw Failure.conflict("job " + id + " is an array: each of its tasks, which GET /api/jobs/" + id
                        + "/tasks lists, has logs and outputs of its own");
            }
            return job;
        });
    }

    /** Whether an execution is what this room makes: anybody may give any execution the category. */
    public static boolean isJob(Execution execution) {
        String command = execution.steps().get(0).spec().command();
        return Execution.JOB.equals(execution.category())
                && execution.steps().size() == 1
                && (command.equals(CommandNames.JOB_RUN) || command.equals(CommandNames.JOB_ARRAY));
    }

    /** How many executions go with a job when it is deleted, itself included. */
    public static long size(Execution execution) {
        return isJob(execution) && ArraySpec.is(execution)
                ? 1 + ArraySpec.of(execution).count()
                : 1;
    }

    /** Newest first. */
    public Future<Page<Execution>> find(JobFilter filter, int limit, String cursor) {
        return executions.find(
                Query.where(filter.conditions()).newestFirst().limit(limit).after(cursor));
    }

    public Future<Long> count(JobFilter filter) {
        return executions.count(filter.conditions());
    }

    /** How many there are in each state. */
    public Future<Map<String, Long>> countByStatus(JobFilter filter) {
        return executions.countBy("phase", filter.conditions());
    }

    /** The tasks of an array in the order of their indices. Fails with NOT_FOUND, or with CONFLICT when it is none. */
    public Future<Page<Execution>> tasks(String id, List<StepState> status, int limit, String cursor) {
        return array(id)
                .compose(array -> executions.find(
                        new Query(tasksOf(id, status), List.of(new Query.Order("id", false)), limit, cursor)));
    }

    public Future<Long> countTasks(String id, List<StepState> status) {
        return executions.count(tasksOf(id, status));
    }

    /** How a job looks, an array with the counts of its tasks as they are now. */
    public Future<JsonObject> view(Execution job) {
        return counts(job).map(counts -> JobView.of(job, counts));
    }

    /** How far the tasks of this job are; null where it is no array. */
    private Future<ArrayCounts> counts(Execution job) {
        return ArraySpec.is(job)
                ? executions
                        .countBy("phase", tasksOf(job.id(), List.of()))
                        .map(phases -> ArrayCounts.of(ArraySpec.of(job).count(), phases))
                : Future.succeededFuture(null);
    }

    /** As {@link Executions#cancel}; an array's tasks are cancelled with it. */
    public Future<Execution> cancel(String id, String reason, String actor) {
        return get(id).compose(job -> executions.cancel(id, reason, actor));
    }

    /**
     * Runs a job again that did not complete; of an array, the tasks that did not. Fails with CONFLICT when it has not
     * ended, has completed, or is a task of an array that has ended.
     */
    public Future<Execution> retry(String id, String actor) {
        return get(id).compose(this::mayRunAgain)
                .compose(job -> executions.retry(id, RetrySelection.UNFINISHED, actor));
    }

    private Future<Execution> mayRunAgain(Execution job) {
        if (job.parentExecutionId() != null) {
            return executions.get(job.parentExecutionId()).map(array -> {
                if (array.status().isFinal()) {
                    throw Failure.conflict("array " + array.id() + " is " + array.status()
                            + "; retry the array, which runs every task again that did not complete");
                }
                return job;
            });
        }
        return counts(job).map(counts -> {
            if (counts != null && counts.open() > 0) {
                throw Failure.busy(
                        counts.open() + " tasks of array " + job.id() + " are still ending; try again in a moment");
            }
            return job;
        });
    }

    /** Forgets a job that has ended, and the tasks of an array with it. Fails with CONFLICT otherwise. */
    public Future<Void> delete(String id) {
        return get(id).compose(job -> {
            if (job.parentExecutionId() != null) {
                throw Failure.conflict("it is a task of array " + job.parentExecutionId() + "; delete the array");
            }
            if (!ArraySpec.is(job)) {
                return executions.delete(id).compose(gone -> files.deleteOf(id));
            }
            return mayRunAgain(job) // nothing of it is open any more
                    .compose(ended -> ended.status().isFinal()
                            ? filesOfTasks(id, null).compose(done -> executions.deleteChildren(id))
                            : Future.succeededFuture())
                    .compose(gone -> executions.delete(id))
                    .compose(gone -> files.deleteOf(id));
        });
    }

    private Future<Void> filesOfTasks(String arrayId, String cursor) {
        return executions
                .find(new Query(tasksOf(arrayId, List.of()), List.of(), AT_ONCE, cursor))
                .compose(page -> Future.join(page.items().stream()
                                .map(task -> files.deleteOf(task.id()))
                                .toList())
                        .compose(done -> page.nextCursor() == null
                                ? Future.succeededFuture()
                                : filesOfTasks(arrayId, page.nextCursor())));
    }

    /** As {@link JobPriorities#change}. @param priority 0 to 100. */
    Future<Execution> prioritise(String id, int priority, String actor) {
        return get(id).compose(job -> new JobPriorities(executions).change(job, priority, actor));
    }

    /** See {@link JobBatches#run}. */
    public Future<JobBatch.Outcome> batch(JobBatch batch, String actor) {
        return new JobBatches(this).run(batch, actor);
    }

    private Future<Execution> array(String id) {
        return get(id).map(job -> {
            if (!ArraySpec.is(job)) {
                throw Failure.conflict("job " + id + " is no array: it has no tasks");
            }
            return job;
        });
    }

    private static List<Condition> tasksOf(String arrayId, List<StepState> status) {
        var where = new ArrayList<>(List.of(Condition.eq("parentExecutionId", arrayId)));
        if (!status.isEmpty()) {
            where.add(Condition.in("phase", status.stream().map(Enum::name).toList()));
        }
        return where;
    }
}
