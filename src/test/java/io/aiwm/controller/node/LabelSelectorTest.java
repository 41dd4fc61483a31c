package io.aiwm.controller.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
