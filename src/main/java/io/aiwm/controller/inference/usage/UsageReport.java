package io.aiwm.controller.inference.usage;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Sums of usage over a span of time, by what the reader asks for. */
public final class UsageReport {
    static final int PAGE = 5_000;
    private static final int MOST_PAGES = 200;
    private static final int MOST_GROUPS = 10_000;
    private static final Duration LONGEST = Duration.ofDays(400);

    private final UsageRecords records;

    public UsageReport(UsageRecords records) {
        this.records = records;
    }

    /** By what calls are told apart. */
    public enum Group {
        KEY,
        USER,
        TEAM,
        MODEL,
        DEPLOYMENT,
        ENDPOINT,
        NODE,
        HOUR,
        DAY;

        String of(UsageKey key) {
            return switch (this) {
                case KEY -> key.keyId();
                case USER -> key.user();
                case TEAM -> key.team();
                case MODEL -> key.model();
                case DEPLOYMENT -> key.deploymentId();
                case ENDPOINT -> key.endpointId();
                case NODE -> key.nodeId();
                case HOUR -> key.hour().toString();
                case DAY -> key.hour().truncatedTo(ChronoUnit.DAYS).toString().substring(0, 10);
            };
        }
    }

    /**
     * A span of time and what is told of it.
     *
     * @param from inclusive; the hour it is in counts as a whole
     * @param to exclusive
     * @param user whose alone; null: everyone's
     */
    public record Asked(Instant from, Instant to, List<Group> groupBy, String user) {}

    /** @param group a value for each of {@link Asked#groupBy}; null where there is none */
    public record Line(List<String> group, UsageCounts counts) {}

    public record Report(List<Line> lines, UsageCounts total) {}

    /** Fails with INVALID when the span is none or too long, with UNPROCESSABLE when it has too much to tell. */
    public Future<Report> of(Asked asked) {
        if (!asked.from.isBefore(asked.to)
                || Duration.between(asked.from, asked.to).compareTo(LONGEST) > 0) {
            return Future.failedFuture(
                    Failure.invalid("query:from", "must be before `to`, by " + LONGEST.toDays() + " days at most"));
        }
        var sums = new TreeMap<List<String>, UsageCounts>(
                (one, other) -> Arrays.compare(one.toArray(String[]::new), other.toArray(String[]::new), ORDER));
        return add(asked, sums, null, MOST_PAGES).map(done -> {
            var lines = new ArrayList<Line>(sums.size());
            UsageCounts total = UsageCounts.NONE;
            for (Map.Entry<List<String>, UsageCounts> each : sums.entrySet()) {
                lines.add(new Line(each.getKey(), each.getValue()));
                total = total.plus(each.getValue());
            }
            return new Report(lines, total);
        });
    }

    private static final java.util.Comparator<String> ORDER =
            java.util.Comparator.nullsFirst(java.util.Comparator.naturalOrder());

    private Future<Void> add(Asked asked, Map<List<String>, UsageCounts> sums, String cursor, int pages) {
        Instant from = asked.from.truncatedTo(ChronoUnit.HOURS);
        return records.find(from, asked.to, asked.user, cursor).compose(page -> {
            for (UsageHour hour : page.items()) {
                var group = new ArrayList<String>(asked.groupBy.size());
                asked.groupBy.forEach(by -> group.add(by.of(hour.key())));
                sums.merge(group, hour.counts(), UsageCounts::plus);
            }
            boolean more = page.nextCursor() != null;
            if (sums.size() > MOST_GROUPS || (more && pages == 1)) {
                throw Failure.unprocessable(
                        "query:from", "is followed by more usage than one answer tells; ask for less");
            }
            return more ? add(asked, sums, page.nextCursor(), pages - 1) : Future.succeededFuture();
        });
    }
}
