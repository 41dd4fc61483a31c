package io.aiwm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForEachArgumentTest {
    private final StringWriter err = new StringWriter();
    private final List<String> done = new ArrayList<>();

    private void run(ApiFailure... failures) {
        ForEachArgument.run(new String[] {"a", "b", "c"}, new PrintWriter(err, true), name -> {
            ApiFailure failure = failures["abc".indexOf(name)];
            if (failure != null) {
                throw failure;
            }
            done.add(name);
        });
    }

    @Test
    void what_is_refused_for_one_is_done_for_the_others_and_all_refusals_are_told() {
        var gone = ApiFailure.of(404, "{\"detail\":\"a does not exist\"}");
        assertThatThrownBy(() -> run(gone, null, ApiFailure.of(409, "{\"detail\":\"c has ended\"}")))
                .isSameAs(gone);
        assertThat(done).containsExactly("b");
        assertThat(err.toString()).isEqualTo("aiwm: c has ended" + System.lineSeparator());
    }

    @Test
    void a_controller_that_does_not_answer_is_not_asked_for_the_rest() {
        var away = new ApiFailure("the controller cannot be reached");
        assertThatThrownBy(() -> run(null, away, null)).isSameAs(away);
        assertThat(done).containsExactly("a");
    }
}
