package io.aiwm.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandIdTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "ex", "ex.1", ".0.1", "ex.a.1", "ex.0.b", "ex.0.", "ex.0.99999999999"})
    void a_text_of_another_shape_is_no_command_id_and_is_read_as_the_first_attempt_of_its_own(String text) {
        assertThat(CommandId.parse(text)).isNull();
        assertThat(CommandId.parseAny(text)).isEqualTo(new CommandId(text, 0, 1));
    }

    @Test
    void both_readings_agree_on_a_command_id_also_where_the_execution_id_has_dots() {
        for (String text : new String[] {"ex.2.3", "a.b.2.3"}) {
            assertThat(CommandId.parseAny(text))
                    .isEqualTo(CommandId.parse(text))
                    .hasToString(text);
        }
    }

    @Test
    void an_attempt_is_earlier_only_than_a_later_one_of_the_same_step_of_the_same_execution() {
        var second = new CommandId("ex", 1, 2);
        assertThat(second.isEarlierAttemptOf(new CommandId("ex", 1, 3))).isTrue();
        assertThat(second.isEarlierAttemptOf(second)).isFalse();
        assertThat(second.isEarlierAttemptOf(new CommandId("ex", 1, 1))).isFalse();
        assertThat(second.isEarlierAttemptOf(new CommandId("ex", 2, 3))).isFalse();
        assertThat(second.isEarlierAttemptOf(new CommandId("other", 1, 3))).isFalse();
    }
}
