package io.aiwm.boot;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets up the log in code: one line per event to standard output, text or JSON. Found by logback as a service, so that
 * tests and tools get the same; an XML file would cost a quarter of a second at each start.
 */
public final class Logging extends ContextAwareBase implements Configurator {
    /** Levels of libraries that log more than an operator needs. Our own loggers follow the configured level. */
    private static final Map<String, Level> QUIET = Map.ofEntries(
            Map.entry("io.netty", Level.WARN),
            Map.entry("com.hazelcast", Level.WARN),
            // it warns of each address nobody listens on yet, which is how a first member finds out that it is first
            Map.entry("com.hazelcast.internal.server.tcp.TcpServerConnector", Level.ERROR),
            // who is refused on the cluster port is told by MemberHandshake, in one line each
            Map.entry("com.hazelcast.internal.server.tcp.TcpServerAcceptor", Level.ERROR),
            // who joins and who leaves is told by Cluster, in one line each
            Map.entry("com.hazelcast.internal.server.tcp.TcpServerConnectionErrorHandler", Level.ERROR),
            // it warns, with a stack trace, of a connection that a member resets as it dies
            Map.entry("com.hazelcast.internal.server.tcp.TcpServerConnection", Level.ERROR),
            Map.entry("com.hazelcast.internal.cluster.impl.MembershipManager", Level.ERROR),
            Map.entry("com.hazelcast.spi.impl.operationservice.impl.OutboundResponseHandler", Level.ERROR),
            // it warns, with a stack trace, when a member that has just joined is not ready yet, and then tries again
            Map.entry("com.hazelcast.internal.partition.operation.MigrationRequestOperation", Level.ERROR),
            // it warns of each answer to a refused handshake, which the worker's link reports in words
            Map.entry("io.vertx.core.http.impl.HttpClientConnectionInternal", Level.ERROR),
            // it tells of each message of a kind that is not ours, which any member may send without end; the sender is
            // told
            Map.entry("io.vertx.core.eventbus.impl.clustered.ClusteredMessage", Level.OFF),
            // it tells, at ERROR, of each pattern of a user that takes too long; the user is told
            Map.entry("com.networknt.schema", Level.OFF),
            // it warns at each start that locks are not consistent under partition; nothing of ours is decided by them
            Map.entry("com.hazelcast.cp.CPSubsystem", Level.ERROR),
            Map.entry("oshi", Level.ERROR),
            Map.entry("org.mongodb", Level.WARN),
            Map.entry("com.github.dockerjava", Level.WARN),
            Map.entry("org.apache.hc", Level.WARN));

    /** Called by logback before the first event; text at INFO until the configuration says otherwise. */
    @Override
    public ExecutionStatus configure(LoggerContext context) {
        setUp(context, "info", "text");
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    public static void configure(Config.Log log) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.reset();
            setUp(context, log.level(), log.format());
        }
    }

    private static void setUp(LoggerContext context, String level, String format) {
        Layout<ILoggingEvent> layout = "json".equals(format) ? new JsonLayout() : text();
        layout.setContext(context);
        layout.start();
        var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
        encoder.setContext(context);
        encoder.setLayout(layout);
        encoder.start();
        var console = new ConsoleAppender<ILoggingEvent>();
        console.setContext(context);
        console.setName("stdout");
        console.setEncoder(encoder);
        console.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(level));
        root.addAppender(console);
        QUIET.forEach((name, quiet) -> context.getLogger(name).setLevel(quiet));
    }

    static Layout<ILoggingEvent> text() {
        return new TextLayout();
    }
}
