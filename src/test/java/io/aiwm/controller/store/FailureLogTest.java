package io.aiwm.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class FailureLogTest {
    @Test
    void the_first_is_told_at_once_and_later_ones_once_a_minute_with_their_number() {
        var lines = new ListAppender<ILoggingEvent>();
        lines.start();
        var logger = (Logger) LoggerFactory.getLogger(FailureLogTest.class);
        logger.setAdditive(false);
        logger.addAppender(lines);
        var nanos = new AtomicLong(Long.MAX_VALUE - 5);
        var log = new FailureLog(logger, nanos::get);

        for (int i = 0; i < 1_000; i++) {
            log.failed("a.db failed with SQLITE_FULL", "no room");
        }
        log.failed("a.db failed with SQLITE_IOERR", "no disk");
        nanos.addAndGet(FailureLog.QUIET.toNanos());
        log.failed("a.db failed with SQLITE_FULL", "no room");
        log.failed("a.db failed with SQLITE_FULL", "no room");
        nanos.addAndGet(FailureLog.QUIET.toNanos());
        log.failed("the store failed", new IllegalStateException("nobody foresaw it"));

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "a.db failed with SQLITE_FULL: no room",
                        "a.db failed with SQLITE_IOERR: no disk",
                        "a.db failed with SQLITE_FULL (1000 times): no room",
                        "the store failed");
        assertThat(lines.list.get(3).getThrowableProxy()).isNotNull();
    }
}
