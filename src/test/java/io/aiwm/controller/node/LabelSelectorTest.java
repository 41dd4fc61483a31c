package io.aiwm.controller.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelSelectorTest {
    private static final Map<String, String> LABELS = Map.of("disk", "ssd", "aiwm.io/pool", "a", "spot", "");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | true",
                "disk=ssd | true",
                "disk==ssd | true",
                "disk=hdd | false",
                "disk!=ssd | false",
                "rack!=7 | true",
                "disk | true",
                "!disk | false",
                "!rack | true",
                "spot= | true",
                "disk in (hdd, ssd) | true",
                "disk notin (hdd, ssd) | false",
                "rack notin (7) | true",
                "disk in (ssd,) | true",
                "disk in ( , ssd ) | true",
                "spot in () | true",
                "spot in (,a) | true",
                "spot in (,) | false",
                "spot in (a,b),disk | false",
                "aiwm.io/pool in (a,b),disk=ssd,!rack | true",
                "aiwm.io/pool in (a,b),disk=hdd | false"
            })
    void selects_as_kubectl_does(String selector, boolean matches) {
        assertThat(LabelSelector.parse(selector).matches(LABELS)).isEqualTo(matches);
    }

    @Test
    void names_the_part_it_cannot_read() {
        assertThatThrownBy(() -> LabelSelector.parse("disk=ssd,rack in 7"))
                .hasMessageContaining("cannot read \"rack in 7\"");
        assertThatThrownBy(() -> LabelSelector.parse("disk=ssd,")).hasMessageContaining("cannot read \"\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a in (b", "a in (b))", "a in (b c)", "a in (b,!)", "a in b)", "a in (b,(c))", "a in ((b))"})
    void a_list_that_is_none_is_refused(String selector) {
        assertThatThrownBy(() -> LabelSelector.parse(selector)).hasMessageContaining("cannot read");
    }

    /** A regular expression that looks behind each comma for a parenthesis takes minutes, or exhausts the stack. */
    @Test
    @Timeout(20)
    void a_large_selector_takes_no_longer_than_reading_it() {
        assertThatThrownBy(() -> LabelSelector.parse("a in (" + (" ".repeat(20) + ",").repeat(40) + "!)"))
                .hasMessageContaining("cannot read");
        assertThatThrownBy(() -> LabelSelector.parse("a,".repeat(300_000) + "b)"))
                .hasMessageContaining("cannot read");
        assertThat(LabelSelector.parse("disk in (" + "x,".repeat(300_000) + "ssd)")
                        .matches(LABELS))
                .isTrue();
    }
}
