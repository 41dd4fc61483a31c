package io.aiwm.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets every {@code await()} of every test look at once and then after 5, 10, 20 … ms, and no later than Awaitility does by
 * itself, which looks every 100 ms and not before. A null on the way to what is awaited says that it is not there yet. JUnit
 * finds it as a service.
 */
public final class SoonAwaited implements BeforeAllCallback {
    private static final Duration FIRST = Duration.ofMillis(5);
    private static final Duration LONGEST = Duration.ofMillis(100);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.ignoreExceptionByDefault(NullPointerException.class);
        Awaitility.setDefaultPollInterval((polls, before) -> next(before));
    }

    static Duration next(Duration before) {
        Duration twice = before.multipliedBy(2);
        if (twice.compareTo(FIRST) < 0) {
            return FIRST;
        }
        return twice.compareTo(LONGEST) > 0 ? LONGEST : twice;
    }
}
