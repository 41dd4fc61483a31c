package io.aiwm.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What one logger logs, from now until it is closed: {@code LEVEL text}. */
public final class LogLines implements AutoCloseable {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger logger;
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getLevel() + " " + event.getFormattedMessage());
        }
    };

    public LogLines(Class<?> of) {
        this(of.getName());
    }

    /** @param logger of a class that cannot be named in the code */
    public LogLines(String logger) {
        this.logger = (Logger) LoggerFactory.getLogger(logger);
        appender.start();
        this.logger.addAppender(appender);
    }

    /** As an operator sees it: INFO and above. */
    public List<String> shown() {
        return lines.stream()
                .filter(line ->
                        Level.toLevel(line.substring(0, line.indexOf(' '))).isGreaterOrEqual(Level.INFO))
                .toList();
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
    }
}
