package io.aiwm.testing;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.slf4j.LoggerFactory;

/**
 * Opens SLF4J before any test, as {@code Main} does before any thread. A logger that one thread asks for while another thread opens
 * SLF4J can stay without a target for the life of the process.
 */
public final class LoggingFirst implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        LoggerFactory.getILoggerFactory();
    }
}
