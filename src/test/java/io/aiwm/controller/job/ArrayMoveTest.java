package io.aiwm.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.CommandResult.Outcome;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** What an array does next, as a table: made, completed, failed, cancelled, running -> move. */
class ArrayMoveTest {

    private static ArrayMove move(
            double tolerance, int again, String cancel, int made, int done, int failed, int gone) {
        var spec = new ArraySpec(10, 4, tolerance, new JsonObject());
        return ArrayMove.of(spec, new ArrayCounts(10, made, done, failed, gone, 0), again, cancel);
    }

    private static Outcome end(ArrayMove move) {
        return ((ArrayMove.End) move).outcome();
    }

    @Test
    void tasks_are_opened_while_there_is_room() {
        assertThat(move(0, 0, null, 0, 0, 0, 0)).isEqualTo(new ArrayMove.Open(4));
        assertThat(move(0, 0, null, 4, 1, 0, 0)).isEqualTo(new ArrayMove.Open(1));
        assertThat(move(0, 0, null, 4, 0, 0, 0)).isInstanceOf(ArrayMove.Wait.class);
        assertThat(move(0, 0, null, 10, 8, 0, 0)).isInstanceOf(ArrayMove.Wait.class);
        assertThat(end(move(0, 0, null, 10, 10, 0, 0))).isEqualTo(Outcome.success);
    }

    @Test
    void one_failure_more_than_may_be_ends_it() {
        assertThat(move(0, 0, null, 4, 1, 1, 0)).isInstanceOf(ArrayMove.CancelOpen.class);
        assertThat(end(move(0, 0, null, 4, 1, 1, 2))).isEqualTo(Outcome.failure);
        assertThat(move(2, 0, null, 4, 1, 2, 0)).isEqualTo(new ArrayMove.Open(3));
        assertThat(move(2, 0, null, 4, 0, 2, 1)).isInstanceOf(ArrayMove.CancelOpen.class);
        assertThat(move(0.25, 0, null, 4, 0, 2, 0)).as("2 of 10").isEqualTo(new ArrayMove.Open(2));
        assertThat(move(0.25, 0, null, 4, 0, 3, 0)).isInstanceOf(ArrayMove.CancelOpen.class);
        assertThat(end(move(2, 0, null, 10, 8, 2, 0))).isEqualTo(Outcome.success);
    }

    @Test
    void a_cancel_ends_what_is_open_first() {
        assertThat(move(0, 0, "enough", 4, 1, 0, 0)).isEqualTo(new ArrayMove.CancelOpen("enough"));
        assertThat(end(move(0, 0, "enough", 4, 1, 0, 3))).isEqualTo(Outcome.cancelled);
    }

    @Test
    void what_is_to_run_again_does_not_count_as_failed() {
        assertThat(move(0, 3, null, 10, 7, 3, 0)).isEqualTo(new ArrayMove.Open(4));
        assertThat(move(0, 2, null, 10, 7, 2, 0)).as("one runs again").isEqualTo(new ArrayMove.Open(3));
        assertThat(move(0, 2, null, 10, 7, 3, 0)).as("and has failed again").isInstanceOf(ArrayMove.End.class);
    }
}
