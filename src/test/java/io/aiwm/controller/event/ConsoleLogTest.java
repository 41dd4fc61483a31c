package io.aiwm.controller.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.LogLines;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ConsoleLogTest {
    @Test
    void of_a_flood_so_many_lines_a_second_are_told_and_then_how_many_were_not() {
        var nanos = new AtomicLong(Long.MAX_VALUE - 5);
        var console = new ConsoleLog(LoggerFactory.getLogger(ConsoleLogTest.class), nanos::get);
        try (var log = new LogLines(ConsoleLogTest.class)) {
            for (int i = 0; i < 1_000; i++) {
                console.warn("job {} FAILED", i);
            }
            assertThat(log.shown()).hasSize(ConsoleLog.MOST_LINES).startsWith("WARN job 0 FAILED");
            nanos.addAndGet(1_000_000_000);
            console.tell("ann: stopDeployment");
            assertThat(log.shown().subList(ConsoleLog.MOST_LINES, log.shown().size()))
                    .containsExactly("INFO 980 more changes at that time are not told", "INFO ann: stopDeployment");
        }
    }
}
