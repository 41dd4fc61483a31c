package io.aiwm.controller.job;

import io.aiwm.common.Failure.FieldError;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;

/** What the contract cannot say of a schedule: that it is due at some time, and that its job could be made. */
final class ScheduleRules {
    private static final Instant TOO_LATE = Instant.parse("+10000-01-01T00:00:00Z");

    private ScheduleRules() {}

    /** Fails with UNPROCESSABLE naming everything that is wrong, the job's mistakes under {@code /job}. */
    static void refuse(Schedule made, JobRequest job, Jobs jobs, Instant now) {
        var errors = new ArrayList<FieldError>();
        times(made, now, errors);
        errors.addAll(jobs.mistakes(job, "/job"));
        if (made.job().containsKey("inputs")) {
            errors.add(new FieldError("/job/inputs", "cannot be scheduled: an upload belongs to one job"));
        }
        JobRules.refuse(errors);
    }

    /** The same of its times alone. */
    static void refuseTimes(Schedule made, Instant now) {
        var errors = new ArrayList<FieldError>();
        times(made, now, errors);
        JobRules.refuse(errors);
    }

    private static void times(Schedule made, Instant now, List<FieldError> errors) {
        ZoneId zone = null;
        if (ZoneId.getAvailableZoneIds().contains(made.timeZone())) {
            zone = ZoneId.of(made.timeZone());
        } else {
            errors.add(new FieldError("/timeZone", "must be an IANA time zone such as Europe/Berlin"));
        }
        try {
            Cron times = Cron.parse(made.cron(), zone == null ? ZoneId.of("UTC") : zone);
            if (times.after(now) == null) {
                errors.add(new FieldError("/cron", "is never due"));
            }
        } catch (IllegalArgumentException unreadable) {
            errors.add(new FieldError("/cron", unreadable.getMessage()));
        }
        within("/startAt", made.startAt(), errors);
        within("/endAt", made.endAt(), errors);
        if (made.startAt() != null && made.endAt() != null && !made.startAt().isBefore(made.endAt())) {
            errors.add(new FieldError("/endAt", "must be after startAt"));
        }
        if (errors.isEmpty() && made.endAt() != null && made.dueAfter(now) == Schedule.NEVER) {
            errors.add(new FieldError("/endAt", "is before the first time it would be due"));
        }
    }

    private static void within(String pointer, Instant moment, List<FieldError> errors) {
        if (moment != null && !moment.isBefore(TOO_LATE)) {
            errors.add(new FieldError(pointer, "must lie before the year 10000"));
        }
    }
}
