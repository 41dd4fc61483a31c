package io.aiwm.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A cron expression against a plain reading of it, minute by minute, around every change of every zone's clock in five years
 * of the tz database.
 */
class CronChangesTest {
    private static final Instant FIRST = Instant.parse("2026-11-01T00:00:00Z");
    private static final Instant LAST = Instant.parse("2031-11-01T00:00:00Z");
    private static final Duration AROUND = Duration.ofHours(3);
    private static final int EXPRESSIONS = 100;
    private static final long SEED = 14;

    @Test
    void every_change_of_five_years_is_read_as_minute_by_minute() {
        List<String> expressions = expressions();
        List<Plain> plain = expressions.stream().map(Plain::of).toList();
        Map<String, Change> changes = changes();
        assertThat(changes).as("changes of clocks").hasSizeGreaterThan(100);
        changes.values().forEach(change -> {
            List<Minute> minutes = change.minutes();
            for (int i = 0; i < expressions.size(); i++) {
                assertThat(Cron.parse(expressions.get(i), ZoneId.of(change.zone))
                                .next(change.from(), minutes.size(), change.to()))
                        .as("%s in %s at %s", expressions.get(i), change.zone, change.at)
                        .isEqualTo(plain.get(i).due(minutes));
            }
        });
    }

    private record Minute(Instant at, LocalDateTime shown, boolean first) {}

    private record Change(String zone, ZoneOffsetTransition at) {
        Instant from() {
            return at.getInstant().minus(AROUND).truncatedTo(ChronoUnit.MINUTES);
        }

        Instant to() {
            return at.getInstant().plus(AROUND);
        }

        List<Minute> minutes() {
            ZoneRules rules = ZoneId.of(zone).getRules();
            var minutes = new ArrayList<Minute>();
            for (Instant minute = from().plusSeconds(60); !minute.isAfter(to()); minute = minute.plusSeconds(60)) {
                ZoneOffset offset = rules.getOffset(minute);
                LocalDateTime shown = LocalDateTime.ofInstant(minute, offset);
                boolean first = rules.getValidOffsets(shown).get(0).equals(offset);
                minutes.add(new Minute(minute, shown, first));
            }
            return minutes;
        }
    }

    /** One of each: where clocks show the same before and after, expressions are due at the same times shown. */
    private static Map<String, Change> changes() {
        var changes = new LinkedHashMap<String, Change>();
        ZoneId.getAvailableZoneIds().stream().sorted().forEach(zone -> {
            ZoneRules rules = ZoneId.of(zone).getRules();
            ZoneOffsetTransition change = rules.nextTransition(FIRST);
            while (change != null && change.getInstant().isBefore(LAST)) {
                changes.putIfAbsent(
                        change.getDateTimeBefore() + " " + change.getDateTimeAfter(), new Change(zone, change));
                change = rules.nextTransition(change.getInstant());
            }
        });
        return changes;
    }

    private static List<String> expressions() {
        var made = new ArrayList<>(List.of(
                "30 2 * * 0",
                "0 */2 * * *",
                "15 2,3 * * *",
                "* * * * *",
                "*/30 2 * * *",
                "0 0 * * *",
                "59 23 * * *",
                "0 1-3 * * *",
                "10 0-23/3 * * *",
                "5 1,*/4 * * *",
                "0 0 1 * *",
                "30 1 * 10,11,3,4 0,6"));
        var random = new Random(SEED);
        String[] minutes = {"0", "30", "15,45", "10-50/20", "59", "*/30", "3-5"};
        String[] hours = {"*", "*/2", "*/3", "0", "1", "2", "3", "23", "22-23", "1,2", "0-3", "2,3,4", "1-23/2", "0,*/6"
        };
        String[] days = {"*", "*", "*", "*/2", "25-31", "1"};
        String[] months = {"*", "*", "3,10", "*/2"};
        String[] weekdays = {"*", "*", "0", "6,0", "1-5"};
        while (made.size() < EXPRESSIONS) {
            String text = String.join(
                    " ",
                    minutes[random.nextInt(minutes.length)],
                    hours[random.nextInt(hours.length)],
                    days[random.nextInt(days.length)],
                    months[random.nextInt(months.length)],
                    weekdays[random.nextInt(weekdays.length)]);
            if (!made.contains(text)) {
                made.add(text);
            }
        }
        return made;
    }

    /** The reading that docs/jobs.md describes, as plainly as it can be written. */
    private record Plain(
            BitSet minutes,
            BitSet hours,
            BitSet days,
            BitSet months,
            BitSet weekdays,
            boolean eitherDay,
            boolean repeats) {
        static Plain of(String expression) {
            String[] fields = expression.split(" ", -1);
            return new Plain(
                    field(fields[0], 0, 59),
                    field(fields[1], 0, 23),
                    field(fields[2], 1, 31),
                    field(fields[3], 1, 12),
                    field(fields[4], 0, 6),
                    !fields[2].equals("*") && !fields[4].equals("*"),
                    fields[1].contains("*") || fields[1].contains("/"));
        }

        private static BitSet field(String text, int least, int most) {
            var values = new BitSet();
            for (String part : text.split(",", -1)) {
                String[] stepped = part.split("/", -1);
                String[] ends = stepped[0].split("-", -1);
                int from = ends[0].equals("*") ? least : Integer.parseInt(ends[0]);
                int to = ends[0].equals("*") ? most : Integer.parseInt(ends[ends.length - 1]);
                int step = stepped.length == 1 ? 1 : Integer.parseInt(stepped[1]);
                for (int value = from; value <= to; value += step) {
                    values.set(value);
                }
            }
            return values;
        }

        List<Instant> due(List<Minute> minutes) {
            return minutes.stream()
                    .filter(minute -> (minute.first || repeats) && shows(minute.shown))
                    .map(Minute::at)
                    .toList();
        }

        private boolean shows(LocalDateTime shown) {
            boolean day = days.get(shown.getDayOfMonth());
            boolean weekday = weekdays.get(shown.getDayOfWeek().getValue() % 7);
            return minutes.get(shown.getMinute())
                    && hours.get(shown.getHour())
                    && months.get(shown.getMonthValue())
                    && (eitherDay ? day || weekday : day && weekday);
        }
    }
}
