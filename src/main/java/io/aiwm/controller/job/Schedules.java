package io.aiwm.controller.job;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.IsolatedForEach;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.aiwm.controller.store.Records.Page;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * Jobs that are made again and again; the only writer of schedules. A run's job id follows from the schedule and the time
 * it was due, and the job is made before the schedule moves on: who dies in between, or acts at the same time, makes the
 * same job and no second.
 */
public final class Schedules {
    public static final String PREFIX = "sch";
    private static final String NAME = "schedules";
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            NAME, List.of(Field.text("name"), Field.number("nextAtMs"), Field.time(Query.CREATED)));

    /** How many schedules one look runs; the others are still due at the next. */
    private static final int MOST = 200;

    private static final List<String> OPEN = List.of(ExecutionState.PENDING.name(), ExecutionState.RUNNING.name());

    private final IsolatedForEach each = new IsolatedForEach(LoggerFactory.getLogger(Schedules.class), "schedule");
    private final Records<Schedule> records;
    private final Jobs jobs;
    private final Executions executions;
    private final InstantSource clock;

    /** @param exclusive whether this process is the only one that writes schedules */
    public Schedules(DocumentStore store, Jobs jobs, Executions executions, InstantSource clock, boolean exclusive) {
        this.records = new Records<>(
                store,
                NAME,
                Schedule.class,
                Records.Shape.of(Schedule::id, Schedule::version, Schedule::withVersion),
                schedule -> false,
                exclusive);
        this.jobs = jobs;
        this.executions = executions;
        this.clock = clock;
    }

    /** Fails with UNPROCESSABLE naming everything that is wrong, the job's mistakes under {@code /job}. */
    public Future<JsonObject> create(String id, ScheduleRequest wanted, String actor) {
        Instant now = clock.instant();
        Schedule made = wanted.schedule(id, actor, now, now, List.of());
        ScheduleRules.refuse(made, request(made), jobs, clock.instant());
        return jobs.secret(request(made), "/job")
                .compose(readable -> records.insert(aimed(made, now)))
                .map(this::view);
    }

    public Future<JsonObject> get(String id) {
        return records.get(id).compose(this::withStates);
    }

    /** Newest first, each with the state of the job that its newest run made. */
    public Future<Page<JsonObject>> find(List<String> names, String part, int limit, String cursor) {
        return records.find(Query.where(named(names, part))
                        .newestFirst()
                        .limit(limit)
                        .after(cursor))
                .compose(page -> states(page.items().stream().map(Schedule::newestRun))
                        .map(states -> new Page<>(
                                page.items().stream()
                                        .map(schedule -> ScheduleView.withStates(view(schedule), states))
                                        .toList(),
                                page.nextCursor())));
    }

    /** When it would be due next; nothing is made. Fails with UNPROCESSABLE naming everything that is wrong. */
    public List<Instant> plan(ScheduleRequest wanted) {
        Instant now = clock.instant();
        Schedule planned = wanted.schedule(PREFIX, null, now, now, List.of());
        ScheduleRules.refuseTimes(planned, now);
        return planned.dueAfter(now, ScheduleView.NEXT_RUNS);
    }

    public Future<Long> count(List<String> names, String part) {
        return records.count(named(names, part));
    }

    private static List<Condition> named(List<String> names, String part) {
        var where = new ArrayList<Condition>();
        if (!names.isEmpty()) {
            where.add(Condition.in("name", names));
        }
        if (part != null) {
            where.add(Condition.contains("name", part));
        }
        return where;
    }

    /**
     * Replaces what was asked for; what it has run stays. It is due from now on. A secret that comes back masked stays as
     * it is. Fails with PRECONDITION when it is not at that version.
     *
     * @param version the one that was seen; null: any
     */
    public Future<JsonObject> replace(String id, ScheduleRequest wanted, Long version) {
        return change(id, seen -> {
            if (version != null && version != seen.version()) {
                throw new Failure(
                        Failure.Kind.PRECONDITION,
                        "the schedule is at version " + seen.version() + ", not at " + version + "; read it again");
            }
            Instant now = clock.instant();
            Schedule next = unmasked(wanted, seen).schedule(id, seen.createdBy(), seen.createdAt(), now, seen.runs());
            ScheduleRules.refuse(next, request(next), jobs, now);
            return aimed(next, now);
        });
    }

    /** Pauses it, or lets it run again; what was due in between is not made up for. Repeating it is harmless. */
    public Future<JsonObject> enable(String id, boolean on) {
        return change(id, seen -> seen.enabled() == on ? seen : seen.enabled(on, clock.instant()));
    }

    /** Its jobs stay. */
    public Future<Void> delete(String id) {
        return records.get(id).compose(seen -> records.delete(id)).mapEmpty();
    }

    /** Runs it now, whether it is paused or still runs. */
    public Future<Execution> runNow(String id, String jobId, String actor) {
        return records.get(id)
                .compose(seen -> jobs.create(jobId, request(seen), id, actor)
                        .compose(job -> records.update(
                                        id,
                                        now -> now.runs().stream().anyMatch(run -> jobId.equals(run.jobId()))
                                                ? now
                                                : now.ran(
                                                        List.of(new Schedule.Run(clock.instant(), jobId, null, actor)),
                                                        now.nextAtMs(),
                                                        clock.instant()))
                                .map(job)));
    }

    /** A sweep: runs what is due. */
    public Future<Void> run() {
        var due = new Condition("nextAtMs", Query.Op.LTE, clock.millis());
        return records.find(Query.where(due).orderBy("nextAtMs", false).limit(MOST))
                .compose(page -> each.all(page.items(), Schedule::id, this::fire))
                .mapEmpty();
    }

    private Future<Void> fire(Schedule seen) {
        DueRuns due = DueRuns.of(seen, clock.instant());
        var told = new ArrayList<Schedule.Run>();
        if (due.missed() > 0) {
            told.add(new Schedule.Run(
                    due.firstMissed(),
                    null,
                    "missed " + due.missed() + (due.missed() == 1 ? " time" : " times")
                            + ": no controller was there, and catchUp is "
                            + seen.catchUp().wire(),
                    null));
        }
        Future<Void> made = Future.succeededFuture();
        for (Instant at : due.run()) {
            made = made.compose(before -> one(seen, at)).map(run -> {
                told.add(run);
                return null;
            });
        }
        return made.compose(all -> records.update(
                        seen.id(),
                        // another controller was faster, or somebody changed it: what is due follows from that
                        now -> now.isTimedAs(seen) ? now.ran(told, due.nextMs(), clock.instant()) : now))
                .mapEmpty();
    }

    /** Fails when it is worth trying again. */
    private Future<Schedule.Run> one(Schedule schedule, Instant at) {
        String jobId = Ids.of(Jobs.PREFIX, at.toEpochMilli(), schedule.id() + "\n" + at.toEpochMilli());
        return open(schedule, jobId).compose(open -> switch (schedule.overlap()) {
            case ALLOW -> make(schedule, jobId, at);
            case SKIP ->
                open.isEmpty()
                        ? make(schedule, jobId, at)
                        : Future.succeededFuture(new Schedule.Run(
                                at, null, "skipped: job " + open.get(0).id() + " was still running", null));
            case CANCEL_RUNNING -> cancel(open, schedule).compose(asked -> make(schedule, jobId, at));
        });
    }

    /** The jobs of earlier runs that have not ended. */
    private Future<List<Execution>> open(Schedule schedule, String jobId) {
        if (schedule.overlap() == Schedule.Overlap.ALLOW) {
            return Future.succeededFuture(List.of());
        }
        return executions
                .find(new Query(
                        List.of(
                                Condition.eq("resourceId", schedule.id()),
                                Condition.eq("type", JobPlans.JOB),
                                Condition.in("status", OPEN)),
                        List.of(),
                        MOST,
                        null))
                .map(page -> page.items().stream()
                        .filter(job -> !job.id().equals(jobId))
                        .toList());
    }

    private Future<Void> cancel(List<Execution> open, Schedule schedule) {
        return Future.join(open.stream()
                        .map(job -> executions
                                .cancel(job.id(), "the next run is due", "schedule " + schedule.id())
                                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT // it has ended
                                        ? Future.succeededFuture()
                                        : Future.failedFuture(cause)))
                        .toList())
                .mapEmpty();
    }

    private Future<Schedule.Run> make(Schedule schedule, String jobId, Instant at) {
        return Future.succeededFuture(request(schedule))
                .compose(job -> jobs.create(jobId, job, schedule.id(), "schedule " + schedule.id()))
                .map(job -> new Schedule.Run(at, job.id(), null, null))
                .recover(cause -> switch (Failure.of(cause).kind) {
                    // it will not fit any better next time: say so, and go on
                    case INVALID, UNPROCESSABLE, NOT_FOUND ->
                        Future.succeededFuture(new Schedule.Run(
                                at, null, "refused: " + Failure.of(cause).getMessage(), null));
                    default -> Future.failedFuture(cause);
                });
    }

    private static JobRequest request(Schedule schedule) {
        JsonObject body = schedule.job();
        return Json.decode(
                body.getString("name") == null ? body.copy().put("name", schedule.name()) : body, JobRequest.class);
    }

    private Future<JsonObject> change(String id, java.util.function.UnaryOperator<Schedule> change) {
        return records.update(id, change).map(this::view);
    }

    private static Schedule aimed(Schedule made, Instant now) {
        return made.enabled(made.enabled(), now);
    }

    /** A client that sends the mask back means "as it is", where it can. */
    private static ScheduleRequest unmasked(ScheduleRequest wanted, Schedule seen) {
        return ScheduleRequestBuilder.builder(wanted)
                .job(SecretValues.restored(wanted.job(), seen.job()))
                .build();
    }

    private JsonObject view(Schedule schedule) {
        return ScheduleView.of(schedule, clock.instant());
    }

    /** With the state of the jobs that its last runs made. */
    private Future<JsonObject> withStates(Schedule schedule) {
        return states(schedule.runs().stream()).map(states -> ScheduleView.withStates(view(schedule), states));
    }

    /** The states of the jobs that these runs made and that are still there, by their ids. */
    private Future<Map<String, String>> states(Stream<Schedule.Run> runs) {
        List<String> ids = runs.filter(Objects::nonNull)
                .map(Schedule.Run::jobId)
                .filter(Objects::nonNull)
                .toList();
        return ids.isEmpty()
                ? Future.succeededFuture(Map.of())
                : executions
                        .find(Query.where(Condition.in("id", ids)).limit(ids.size()))
                        .map(page -> page.items().stream()
                                .collect(Collectors.toMap(
                                        Execution::id, job -> job.phase().name())));
    }
}
