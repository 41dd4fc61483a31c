package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
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

    private static String line(String text, Throwable cause) {
        var context = new LoggerContext();
        var layout = Logging.text();
        layout.setContext(context);
        layout.start();
        var logger = context.getLogger(LoggingTest.class);
        return layout.doLayout(new LoggingEvent("", logger, Level.ERROR, text, cause, null));
    }
}
