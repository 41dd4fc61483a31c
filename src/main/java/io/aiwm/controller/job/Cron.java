package io.aiwm.controller.job;

import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;

/**
 * When a cron expression is due, in a time zone: five fields as in Unix, or a macro such as {@code @daily}. Where clocks
 * go forward, a time of day that is left out that day is left out here; where they go back, a time of day that comes twice
 * is due the first time, and what is due every so often is due in both hours.
 */
final class Cron {
    private static final CronDefinition UNIX_WITH_MACROS = CronDefinitionBuilder.defineCron()
            .withMinutes()
            .withStrictRange()
            .and()
            .withHours()
            .withStrictRange()
            .and()
            .withDayOfMonth()
            .withStrictRange()
            .and()
            .withMonth()
            .withStrictRange()
            .and()
            .withDayOfWeek()
            .withValidRange(0, 7)
            .withMondayDoWValue(1)
            .withIntMapping(7, 0)
            .withStrictRange()
            .and()
            .withSupportedNicknameAnnually()
            .withSupportedNicknameYearly()
            .withSupportedNicknameMonthly()
            .withSupportedNicknameWeekly()
            .withSupportedNicknameDaily()
            .withSupportedNicknameMidnight()
            .withSupportedNicknameHourly()
            .instance();

    private final ExecutionTime times;
    private final ZoneId zone;

    private Cron(ExecutionTime times, ZoneId zone) {
        this.times = times;
        this.zone = zone;
    }

    /** Throws IllegalArgumentException that says in words what is wrong with the expression. */
    static Cron parse(String expression, ZoneId zone) {
        var cron = new CronParser(UNIX_WITH_MACROS).parse(expression);
        cron.validate();
        return new Cron(ExecutionTime.forCron(cron), zone);
    }

    /** The first time after this moment; null when there is none. */
    Instant after(Instant moment) {
        return times.nextExecution(moment.atZone(zone))
                .map(time -> time.toInstant())
                .orElse(null);
    }

    /** The next times after a moment, at most so many, none after the last. @param last null: for ever */
    List<Instant> next(Instant moment, int most, Instant last) {
        var next = new ArrayList<Instant>(most);
        Instant at = after(moment);
        while (at != null && next.size() < most && (last == null || !at.isAfter(last))) {
            next.add(at);
            at = after(at);
        }
        return next;
    }
}
