package io.aiwm.controller.execution;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.aiwm.controller.store.ValidatedRecord;
import io.aiwm.protocol.CommandError;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;

/**
 * A piece of work: a DAG of steps and how far each is, as stored in collection {@code executions}. Written by
 * {@link Executions} only, one compare-and-set at a time.
 *
 * @param timeoutMs for the whole, from its start
 * @param deadline startedAt + timeoutMs; null before the start
 * @param error of the first step that failed it; null otherwise
 * @param cancelReason not null: a cancel was asked for, and open attempts are being stopped
 * @param wakeAtMs when the monitor must look at it next, milliseconds since the epoch; {@link #NEVER} when it is not started, and later by the time of its end when it is final, so that one index finds both
 *     what is due and what ended first
 * @param notes what the attempts do not tell: who made, started, cancelled, retried it, late results, lost nodes
 */
@RecordBuilder
public record Execution(
        String id,
        long version,
        String name,
        String category,
        String type,
        String resourceType,
        String resourceId,
        String parentExecutionId,
        ExecutionState status,
        int progress,
        long timeoutMs,
        Instant createdAt,
        Instant startedAt,
        Instant finishedAt,
        Instant deadline,
        CommandError error,
        String cancelReason,
        Instant cancelledAt,
        long wakeAtMs,
        List<String> nodeIds,
        List<Step> steps,
        List<Note> notes)
        implements ValidatedRecord {

    /** Later than any clock shows, and exact in a JSON number. */
    public static final long NEVER = 9_000_000_000_000_000L;

    /** More notes than this are not kept: the oldest but the first go. */
    static final int MAX_NOTES = 200;

    /**
     * An entry of the audit trail.
     *
     * @param actor user name, or {@code system}
     * @param attempt the attempt of the step that it is of, from 1; null where it is of none
     */
    public record Note(Instant at, String actor, String event, Integer stepIndex, Integer attempt, String detail) {}

    /** The category of jobs: executions of one step, whose state is the job's. */
    public static final String JOB = "job";

    /** The category of turns of agents. */
    public static final String AGENT = "agent";

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(status, "status");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(notes, "notes").forEach(note -> requireNonNull(note.at(), "notes.at"));
        if (requireNonNull(steps, "steps").isEmpty()) {
            throw new IllegalStateException("it has no steps");
        }
        for (int i = 0; i < steps.size(); i++) {
            steps.get(i).check(i);
        }
    }

    /** How messages call it: users of jobs need not know that a job is an execution. */
    String displayName() {
        return (JOB.equals(category) ? "job " : "execution ") + id;
    }

    /** In the data of the first step of a turn or an evaluation: when the user was made whose it is. */
    public static final String OWNER_SINCE = "ownerSince";

    /** Who alone, beside administrators, sees it: of a turn of an agent, whose conversation it is. Null: everybody. */
    public String privateTo() {
        return AGENT.equals(category) && !notes.isEmpty() ? notes.get(0).actor() : null;
    }

    /** When the user was made who alone sees it; null: it is everybody's, or of a version of AIWM that did not store it. */
    public Instant privateSince() {
        JsonObject data = privateTo() == null ? null : steps.get(0).spec().data();
        String since = data == null ? null : data.getString(OWNER_SINCE);
        return since == null ? null : Instant.parse(since);
    }

    /** What lists are searched by: a later user of the same name is another one. Null: everybody's. */
    @JsonProperty("privateTo")
    String privateKey() {
        return privateTo() == null ? null : privateKey(privateTo(), privateSince());
    }

    /** @param since when the user was made; null: it is not known */
    public static String privateKey(String user, Instant since) {
        return since == null ? user : user + "\n" + since;
    }

    /** Of a job: which of the eight states it is in. Null for any other execution, so that only jobs pay for its index. */
    @JsonProperty("phase")
    public StepState phase() {
        return !JOB.equals(category)
                ? null
                : switch (status) {
                    case PENDING -> StepState.PENDING;
                    case RUNNING -> steps.get(0).status();
                    case COMPLETED -> StepState.COMPLETED;
                    case FAILED -> StepState.FAILED;
                    case TIMEOUT -> StepState.TIMEOUT;
                    case CANCELLED -> StepState.CANCELLED;
                };
    }

    /** Whether the attempt that this step is at, as read by somebody later, was there already, and on that node. */
    boolean hasAttempt(Step later, String nodeId) {
        int index = later.spec().index();
        return nodeId.equals(later.nodeId())
                && index < steps.size()
                && steps.get(index).attempt() == later.attempt();
    }

    /** A step of the record that was before; null: there was none, or it did not have that step yet. */
    public static Step stepOf(Execution before, int index) {
        return before == null || index >= before.steps().size()
                ? null
                : before.steps().get(index);
    }

    /** Whether it stands among others in the order of their ends; a record of an older AIWM comes before all. */
    public boolean hasEndInOrder() {
        return wakeAtMs > NEVER;
    }

    /** Its deadline, or a later one of an open attempt, which its worker's own measure of time has moved. */
    Instant overAt() {
        return steps.stream()
                .filter(step -> step.status().isOpenAttempt())
                .map(step -> step.current().deadline())
                .filter(deadline::isBefore)
                .max(Comparator.naturalOrder())
                .orElse(deadline);
    }

    public boolean cancelAsked() {
        return cancelReason != null;
    }

    Execution withVersion(long next) {
        return but().version(next).build();
    }

    Execution withSteps(List<Step> changed) {
        return but().steps(changed)
                .nodeIds(changed == steps ? nodeIds : nodesOf(changed))
                .build();
    }

    Execution withStep(Step changed) {
        var copy = new ArrayList<>(steps);
        Step was = copy.set(changed.spec().index(), changed);
        // most changes of a step are not of its node
        return Objects.equals(was.nodeId(), changed.nodeId())
                ? but().steps(copy).build()
                : withSteps(copy);
    }

    Execution noted(Instant at, String actor, String event, Integer step, String detail) {
        return noted(new Note(at, actor, event, step, null, detail));
    }

    Execution noted(Note note) {
        var copy = new ArrayList<>(notes);
        if (copy.size() >= MAX_NOTES) {
            copy.remove(1);
        }
        copy.add(note);
        return but().notes(copy).build();
    }

    Execution started(Instant now) {
        check(ExecutionState.RUNNING);
        return but().status(ExecutionState.RUNNING)
                .startedAt(now)
                .finishedAt(null)
                .deadline(now.plusMillis(timeoutMs))
                .error(null)
                .build();
    }

    Execution finished(ExecutionState how, CommandError why, Instant now) {
        check(how);
        return but().status(how)
                .progress(how == ExecutionState.COMPLETED ? 100 : progress)
                .finishedAt(now)
                .error(why)
                .wakeAtMs(NEVER + now.toEpochMilli())
                .build();
    }

    /** An explicit retry: the only way out of a final state. */
    Execution reopened(List<Step> changed, Instant now) {
        return but().status(ExecutionState.RUNNING)
                .progress(0)
                .startedAt(now)
                .finishedAt(null)
                .deadline(now.plusMillis(timeoutMs))
                .error(null)
                .cancelReason(null)
                .cancelledAt(null)
                .steps(changed)
                .build();
    }

    Execution cancelling(String reason, Instant now) {
        return but().cancelReason(reason).cancelledAt(now).build();
    }

    Execution waking(int percent, long wakeAt) {
        return but().progress(percent).wakeAtMs(wakeAt).build();
    }

    private void check(ExecutionState to) {
        if (!status.mayBecome(to)) {
            throw new IllegalStateException("an execution may not go from " + status + " to " + to);
        }
    }

    private ExecutionBuilder but() {
        return ExecutionBuilder.builder(this);
    }

    private static List<String> nodesOf(List<Step> steps) {
        var nodes = new LinkedHashSet<String>();
        for (Step step : steps) {
            if (step.nodeId() != null) {
                nodes.add(step.nodeId());
            }
        }
        return List.copyOf(nodes);
    }
}
