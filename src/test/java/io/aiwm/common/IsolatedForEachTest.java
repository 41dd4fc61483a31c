package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class IsolatedForEachTest {
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final IsolatedForEach each;
    private final List<String> done = new ArrayList<>();
    private String trouble = "no";

    IsolatedForEachTest() {
        Logger logger = new LoggerContext().getLogger("test");
        lines.start();
        logger.addAppender(lines);
        each = new IsolatedForEach(logger, "thing");
    }

    private boolean run() {
        return each.all(List.of("a", "throws", "fails", "b"), id -> id, this::work)
                .await();
    }

    private Future<?> work(String id) {
        if (trouble != null && id.equals("throws")) {
            throw new IllegalStateException(trouble);
        }
        if (trouble != null && id.equals("fails")) {
            return Future.failedFuture(trouble);
        }
        done.add(id);
        return Future.succeededFuture();
    }

    private List<String> logged() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void one_that_fails_or_throws_keeps_no_other_from_its_turn() {
        assertThat(run()).isFalse();
        assertThat(done).containsExactly("a", "b");
    }

    @Test
    void trouble_is_named_once_with_its_id_and_again_when_it_comes_back_or_is_another() {
        run();
        run();
        assertThat(logged())
                .containsExactly(
                        "thing throws is left as it is until the next look",
                        "thing fails is left as it is until the next look");
        trouble = "something else";
        run();
        assertThat(logged()).hasSize(4);
        trouble = null;
        assertThat(run()).isTrue();
        trouble = "something else";
        run();
        assertThat(logged()).hasSize(6);
    }
}
