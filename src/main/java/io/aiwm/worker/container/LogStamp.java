package io.aiwm.worker.container;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;

/** The time of a line of a log: engines write it in their own zone, and with as many digits as they like. */
final class LogStamp {
    private static final DateTimeFormatter NANOS =
            new DateTimeFormatterBuilder().appendInstant(9).toFormatter();

    private LogStamp() {}

    /** In UTC, with nine digits of a second; null where it is no time. */
    static String of(String stamp) {
        try {
            Instant at = OffsetDateTime.parse(stamp).toInstant();
            return NANOS.format(at);
        } catch (DateTimeException none) {
            return null;
        }
    }
}
