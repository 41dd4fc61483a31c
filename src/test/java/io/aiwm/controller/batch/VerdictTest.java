package io.aiwm.controller.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class VerdictTest {
    private static final BatchCall LINE = new BatchCall(1, "a", "tiny", Buffer.buffer("{}"));
    private static final int LAST_TRY = 3;

    @Test
    void a_connection_that_is_lost_again_and_again_is_an_error_of_the_line() {
        var lost = new IOException("closed");
        assertThat(Verdict.of(LINE, lost, 0).counts()).isTrue();
        assertThat(Verdict.of(LINE, lost, LAST_TRY).result().toString()).contains("no_answer");
    }

    @Test
    void a_store_that_is_away_is_waited_for_and_is_no_try() {
        var away = new Failure(Failure.Kind.UNAVAILABLE, "the store cannot be reached");
        assertThat(Verdict.of(LINE, away, LAST_TRY).result()).isNull();
        assertThat(Verdict.of(LINE, away, LAST_TRY).counts()).isFalse();
    }

    @Test
    void a_key_that_was_deleted_is_an_error_of_the_line() {
        var gone = new Failure(Failure.Kind.UNAUTHENTICATED, "the API key was deleted");
        assertThat(Verdict.of(LINE, gone, 0).result().toString()).contains("invalid_api_key");
    }
}
