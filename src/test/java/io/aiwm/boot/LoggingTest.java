package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.Layout;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoggingTest {

    @Test
    void an_exception_stands_apart_from_the_text_before_it_and_all_of_it_in_one_line() {
        String line = line("it broke", new IllegalStateException("first\nsecond"));

        assertThat(line)
                .contains("it broke | java.lang.IllegalStateException: first | second | \tat io.aiwm.boot.LoggingTest")
                .endsWith("\n");
        assertThat(line.strip()).doesNotContain("\n");
    }

    @Test
    void a_text_without_an_exception_gets_nothing_behind_it() {
        assertThat(line("all is\r\nwell", null)).endsWith("LoggingTest - all is | well\n");
    }

    @Test
    void what_commands_a_terminal_is_escaped_in_text_and_in_exceptions() {
        String hostile = "\u001b[2J\u009b31m\u0007\u202e\u2028\u007f";
        String escaped = "\\u001b[2J\\u009b31m\\u0007\\u202e\\u2028\\u007f";
        assertThat(line(hostile, new IllegalStateException(hostile)))
                .contains("LoggingTest - " + escaped, "IllegalStateException: " + escaped)
                .matches("[^\\p{Cc}\\u2028\\u202e]*(\t[^\\p{Cc}]*)*\n");
    }

    @Test
    void json_holds_nothing_that_commands_a_terminal_either() {
        var layout = new JsonLayout();
        layout.start();
        String line = layout.doLayout(event("\u001b[2J\u009b31m", null));
        assertThat(line).doesNotContain("\u001b", "\u009b");
        assertThat(new io.vertx.core.json.JsonObject(line).getString("message")).isEqualTo("\u001b[2J\u009b31m");
    }

    @Test
    void what_hazelcast_repeats_after_a_member_died_is_told_without_where_it_was_thrown() {
        var logger = new LoggerContext().getLogger("com.hazelcast.internal.partition.impl.MigrationManager");
        for (Layout<ILoggingEvent> layout : List.of(new JsonLayout(), Logging.text())) {
            layout.setContext(logger.getLoggerContext());
            layout.start();
            var gone = new IllegalStateException("not a member");

            assertThat(layout.doLayout(of(logger, Level.WARN, gone)))
                    .contains("not a member")
                    .doesNotContain("\tat ", "\\tat ");
            assertThat(layout.doLayout(of(logger, Level.ERROR, gone))).contains("at io.aiwm.boot.LoggingTest");
        }
    }

    @Test
    void many_line_breaks_take_no_longer_than_reading_them() {
        assertThat(line("a" + "\n".repeat(1_000_000) + "b", null)).endsWith("a | b\n");
    }

    private static LoggingEvent of(Logger logger, Level level, Throwable cause) {
        logger.getLoggerContext().setMDCAdapter(new LogbackMDCAdapter());
        return new LoggingEvent("", logger, level, "Failed migration", cause, null);
    }

    private static LoggingEvent event(String text, Throwable cause) {
        var context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        return new LoggingEvent("", context.getLogger(LoggingTest.class), Level.ERROR, text, cause, null);
    }

    private static String line(String text, Throwable cause) {
        var layout = Logging.text();
        layout.setContext(new LoggerContext());
        layout.start();
        return layout.doLayout(event(text, cause));
    }
}
