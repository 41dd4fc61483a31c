package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class RateLimitedLogTest {
    private static final Duration QUIET = Duration.ofMinutes(10);

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final RateLimitedLog log;

    RateLimitedLogTest() {
        Logger logger = new LoggerContext().getLogger("test");
        lines.start();
        logger.addAppender(lines);
        log = new RateLimitedLog(logger, Level.WARN, QUIET, now::get);
    }

    private List<String> logged() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void the_first_is_told_at_once_and_the_others_with_their_number_when_it_has_been_quiet() {
        for (int time = 0; time < 1_000; time++) {
            log.refused("10.0.0.9", "no key");
        }
        assertThat(logged()).containsExactly("10.0.0.9 is refused: no key");
        pass(QUIET);
        log.refused("10.0.0.9", "no key");
        log.refused("10.0.0.9", "no key");
        assertThat(logged()).hasSize(2).endsWith("10.0.0.9 is refused: no key (1000 times)");
    }

    @Test
    void another_peer_and_another_reason_are_told_too() {
        log.refused("10.0.0.9", "no key");
        log.refused("10.0.0.8", "no key");
        log.refused("10.0.0.9", "no handshake");
        assertThat(logged()).hasSize(3);
    }

    @Test
    void another_failure_is_told_at_once_and_another_detail_of_the_same_is_not() {
        for (int time = 0; time < 1_000; time++) {
            log.failed("a.db failed with SQLITE_FULL", "no room for page " + time);
        }
        log.failed("a.db failed with SQLITE_IOERR", "no disk");
        pass(QUIET);
        log.failed("a.db failed with SQLITE_FULL", "no room");
        log.failed("the store failed", new IllegalStateException("nobody foresaw it"));
        assertThat(logged())
                .containsExactly(
                        "a.db failed with SQLITE_FULL: no room for page 0",
                        "a.db failed with SQLITE_IOERR: no disk",
                        "a.db failed with SQLITE_FULL: no room (1000 times)",
                        "the store failed");
        assertThat(lines.list.get(3).getThrowableProxy()).isNotNull();
    }

    @Test
    void trouble_of_one_thing_is_told_again_when_it_is_another_or_comes_back() {
        var cause = new IllegalStateException("no name");
        log.trouble("job_1", "version 1", "job job_1 cannot be read", cause);
        log.trouble("job_1", "version 1", "job job_1 cannot be read", new IllegalStateException("no name"));
        assertThat(logged()).hasSize(1);
        assertThat(lines.list.get(0).getThrowableProxy()).isNotNull();
        log.trouble("job_1", "version 2", "job job_1 cannot be read", cause);
        log.trouble("job_1", "version 2", "job job_1 cannot be read", new IllegalStateException("no state"));
        assertThat(logged()).hasSize(3);
        log.over("job_1");
        log.trouble("job_1", "version 2", "job job_1 cannot be read", new IllegalStateException("no state"));
        assertThat(logged()).hasSize(4).containsOnly("job job_1 cannot be read");
    }

    @Test
    void however_many_names_a_stranger_has_and_however_many_things_are_broken_the_log_is_not_filled() {
        for (int time = 0; time < 10_000; time++) {
            log.refused("node-" + time, "no token");
        }
        assertThat(logged())
                .hasSize(RateLimitedLog.MAX_LINES + 1)
                .last()
                .asString()
                .contains("more such lines follow");
        pass(QUIET);
        log.refused("node-1", "no token");
        assertThat(logged()).hasSize(RateLimitedLog.MAX_LINES + 2);
    }

    @Test
    void a_name_begins_no_line_of_its_own_and_is_not_long() {
        log.refused("node\r\n2026 ERROR all is lost\u2028x" + "y".repeat(10_000), "why\n" + "z".repeat(10_000));
        log.refused("", null);
        assertThat(logged())
                .hasSize(2)
                .allMatch(line -> line.length() < 900 && line.lines().count() == 1);
        assertThat(logged().get(0)).startsWith("node??2026 ERROR all is lost?x");
    }
}
