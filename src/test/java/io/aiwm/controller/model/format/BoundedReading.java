package io.aiwm.controller.model.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.aiwm.common.Failure;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Map;

/**
 * Reads files from strangers and measures it: no more than 100 ms and 16 MiB. Processor time and allocated bytes of the
 * thread are taken, which a busy machine does not change; what is allocated is more than what is held at any time.
 */
final class BoundedReading {
    static final long MOST_NANOS = 100_000_000;
    static final long MOST_BYTES = 16L << 20;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private BoundedReading() {}

    /** Returns why the files are refused; null if they are read. Anything but a Failure that says INVALID fails the test. */
    static String refusal(String described, Map<String, ByteSource> files) {
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        long nanos = THREADS.getCurrentThreadCpuTime();
        String refusal = read(described, files);
        assertThat(THREADS.getCurrentThreadCpuTime() - nanos)
                .as("nanoseconds for %s", described)
                .isLessThan(MOST_NANOS);
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - bytes)
                .as("bytes for %s", described)
                .isLessThan(MOST_BYTES);
        return refusal;
    }

    private static String read(String described, Map<String, ByteSource> files) {
        try {
            ModelInfo info = ModelReader.read(files);
            assertThat(info).as(described).isNotNull();
            return null;
        } catch (Failure failure) {
            assertThat(failure.kind).as(described).isEqualTo(Failure.Kind.INVALID);
            assertThat(failure.getMessage()).as(described).isNotBlank().hasSizeLessThan(600);
            assertThat(failure.getMessage().codePoints().anyMatch(Character::isISOControl))
                    .as(described)
                    .isFalse();
            return failure.getMessage();
        } catch (IOException | RuntimeException cause) {
            throw new AssertionError(described, cause);
        }
    }
}
