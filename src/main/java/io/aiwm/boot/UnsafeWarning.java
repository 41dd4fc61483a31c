package io.aiwm.boot;

import java.util.HashMap;
import java.util.Map;

/**
 * Java 24 and later print four lines about Hazelcast's use of {@code sun.misc.Unsafe}, about which an operator can do nothing.
 * The switch against it, {@code --sun-misc-unsafe-memory-access=allow}, can stand on a command line but not in a jar, and the
 * jar must start without warnings with plain {@code java -jar}: so this class sets what the switch sets. The manifest opens
 * the package; where it is not open, the warning is printed and nothing else changes.
 */
public final class UnsafeWarning {
    private static final int FIRST_TO_WARN = 24;
    private static final String SWITCH = "sun.misc.unsafe.memory.access";

    private UnsafeWarning() {}

    /** Has an effect before the first use of Unsafe only. */
    public static void silence() {
        if (Runtime.version().feature() < FIRST_TO_WARN) {
            return;
        }
        try {
            var field = Class.forName("jdk.internal.misc.VM").getDeclaredField("savedProps");
            field.setAccessible(true);
            var properties = new HashMap<Object, Object>((Map<?, ?>) field.get(null));
            properties.putIfAbsent(SWITCH, "allow");
            field.set(null, Map.copyOf(properties));
        } catch (ReflectiveOperationException | RuntimeException notOpen) {
            // then it warns
        }
    }
}
