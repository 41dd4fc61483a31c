package io.aiwm.worker.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.protocol.RetentionKept;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class RetentionQuestionTest {
    private final Vertx vertx = Vertx.vertx();
    private final List<JsonObject> sent = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private RetentionQuestion question(Duration patience) {
        return new RetentionQuestion(vertx, (type, data, commandId) -> sent.add(data), patience);
    }

    private RetentionKept answer(int to) {
        return new RetentionKept(sent.get(to).getString("askId"), List.of("nginx"), List.of("dep_1"));
    }

    @Test
    void an_answer_counts_for_its_own_question_alone() throws Exception {
        var question = question(Duration.ofMillis(50));
        Future<RetentionKept> late = question.ask(List.of("dep_0"));
        assertThatThrownBy(() -> late.await(10, TimeUnit.SECONDS)).hasMessageContaining("what must stay");
        var patient = question(Duration.ofSeconds(20));
        Future<RetentionKept> asked = patient.ask(List.of("dep_1"));
        assertThatThrownBy(() -> patient.ask(List.of()).await(10, TimeUnit.SECONDS))
                .hasMessageContaining("asked already");

        patient.answered(answer(0));
        patient.answered(new RetentionKept(null, List.of(), List.of()));
        assertThat(asked.isComplete()).isFalse();
        patient.answered(answer(1));

        assertThat(asked.await(10, TimeUnit.SECONDS).images()).containsExactly("nginx");
        patient.answered(answer(1));
        patient.ask(List.of());
        assertThat(sent).extracting(data -> data.getJsonArray("owners").size()).containsExactly(1, 1, 0);
    }
}
