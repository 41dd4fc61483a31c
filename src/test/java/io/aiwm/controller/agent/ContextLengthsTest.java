package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Contexts that servers told. */
class ContextLengthsTest {
    private final AtomicLong millis = new AtomicLong(1_000);
    private final AtomicInteger asked = new AtomicInteger();
    private final ContextLengths contexts = new ContextLengths(
            model -> model.equals("ours") ? 512 : 0,
            model -> {
                asked.incrementAndGet();
                return Future.succeededFuture(model.equals("silent") ? 0 : 4_096);
            },
            millis::get);

    @Test
    void what_is_known_is_not_asked_for() {
        assertThat(contexts.asked("ours").await()).isEqualTo(512);
        assertThat(asked).hasValue(0);
    }

    @Test
    void what_was_told_is_kept_for_ten_minutes() {
        assertThat(contexts.of("theirs")).isZero();
        assertThat(contexts.asked("theirs").await()).isEqualTo(4_096);
        millis.addAndGet(600_000);
        assertThat(contexts.of("theirs")).isEqualTo(4_096);
        assertThat(contexts.asked("theirs").await()).isEqualTo(4_096);
        assertThat(asked).hasValue(1);
        millis.addAndGet(1);
        assertThat(contexts.of("theirs")).isZero();
        assertThat(contexts.asked("theirs").await()).isEqualTo(4_096);
        assertThat(asked).hasValue(2);
    }

    @Test
    void a_server_that_does_not_say_it_is_asked_again() {
        assertThat(contexts.asked("silent").await()).isZero();
        assertThat(contexts.asked("silent").await()).isZero();
        assertThat(asked).hasValue(2);
    }
}
