package io.aiwm.protocol.seal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
    private final AtomicLong now = new AtomicLong(-5);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final RefusalLog refusals;

    RefusalLogTest() {
        Logger logger = new LoggerContext().getLogger("test");
        lines.start();
        logger.addAppender(lines);
        refusals = new RefusalLog(logger, now::get);
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
            refusals.refused("10.0.0.9", "no key");
        }
        assertThat(logged()).containsExactly("10.0.0.9 is refused: no key");
        pass(RefusalLog.QUIET);
        refusals.refused("10.0.0.9", "no key");
        refusals.refused("10.0.0.9", "no key");
        assertThat(logged()).hasSize(2).endsWith("10.0.0.9 is refused: no key (1000 times)");
    }

    @Test
    void another_peer_and_another_reason_are_told_too() {
        refusals.refused("10.0.0.9", "no key");
        refusals.refused("10.0.0.8", "no key");
        refusals.refused("10.0.0.9", "no handshake");
        assertThat(logged()).hasSize(3);
    }

    @Test
    void a_stranger_with_a_new_name_each_time_fills_no_log() {
        for (int time = 0; time < 10_000; time++) {
            refusals.refused("node-" + time, "no token");
        }
        assertThat(logged()).hasSize(RefusalLog.MAX_LINES + 1).last().asString().contains("more refusals follow");
        pass(RefusalLog.QUIET);
        refusals.refused("node-1", "no token");
        assertThat(logged()).hasSize(RefusalLog.MAX_LINES + 2);
    }

    @Test
    void a_name_begins_no_line_of_its_own_and_is_not_long() {
        refusals.refused("node\r\n2026 ERROR all is lost\u2028x" + "y".repeat(10_000), "why\n" + "z".repeat(10_000));
        refusals.refused("", null);
        assertThat(logged())
                .hasSize(2)
                .allMatch(line -> line.length() < 800 && line.lines().count() == 1);
        assertThat(logged().get(0)).startsWith("node??2026 ERROR all is lost?x");
    }
}
