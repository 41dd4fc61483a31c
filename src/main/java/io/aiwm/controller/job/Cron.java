package io.aiwm.controller.job;

import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.field.CronFieldName;
import com.cronutils.model.field.expression.Always;
import com.cronutils.model.field.expression.And;
import com.cronutils.model.field.expression.Every;
import com.cronutils.model.field.expression.FieldExpression;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;

/**
 * When a cron expression is due, in a time zone: five fields as in Unix, or a macro such as {@code @daily}. Where clocks
 * go forward, a time of day that is left out that day is left out here. Where they go back, some times of day come twice:
 * when the hour field has a {@code *} or a step, both are due; when it names its hours, only the first is.
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
    /** Whether both of two equal times of day are due, where clocks go back. */
    private final boolean everySoOften;

    private final ZoneRules zone;

    private Cron(ExecutionTime times, boolean everySoOften, ZoneRules zone) {
        this.times = times;
        this.everySoOften = everySoOften;
        this.zone = zone;
    }

    /** Throws IllegalArgumentException that says in words what is wrong with the expression. */
    static Cron parse(String expression, ZoneId zone) {
        var cron = new CronParser(UNIX_WITH_MACROS).parse(expression);
        cron.validate();
        var hours = cron.retrieve(CronFieldName.HOUR).getExpression();
        return new Cron(ExecutionTime.forCron(cron), repeats(hours), zone.getRules());
    }

    private static boolean repeats(FieldExpression hours) {
        return hours instanceof Always
                || hours instanceof Every
                || (hours instanceof And list && list.getExpressions().stream().anyMatch(Cron::repeats));
    }

    /**
     * The first time after this moment; null when there is none. Looks at stretches of time in which the clock does not
     * change, one after the other, so that the expression itself never meets a change.
     */
    Instant after(Instant moment) {
        Instant from = moment;
        ZoneOffset offset = zone.getOffset(moment);
        ZoneOffsetTransition change = zone.nextTransition(moment);
        while (true) {
            Instant due = times.nextExecution(from.atZone(offset))
                    .map(ZonedDateTime::toInstant)
                    .orElse(null);
            if (due == null) {
                return null;
            }
            if (change != null && !due.isBefore(change.getInstant())) {
                // the change's own moment may be due by the clock that follows it
                from = change.getInstant().minusSeconds(1);
                offset = change.getOffsetAfter();
                change = zone.nextTransition(change.getInstant());
            } else if (everySoOften || !comesAgain(due, offset)) {
                return due;
            } else {
                from = due;
            }
        }
    }

    /** Whether this is the second of two moments at which the clock shows the same. */
    private boolean comesAgain(Instant due, ZoneOffset offset) {
        List<ZoneOffset> shown = zone.getValidOffsets(LocalDateTime.ofInstant(due, offset));
        return shown.size() == 2 && shown.get(1).equals(offset);
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
