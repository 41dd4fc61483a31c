package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests may run beside a product of one's own, and beside each other. */
class AiwmProcessTest {
    /** Where a test would meet a product, or another run: what the product uses unless told. */
    private static final Pattern FIXED = Pattern.compile("with\\(\"(PORT|AIWM_CLUSTER_PORT|AIWM_HTTP_PORT)\","
            + " \"?[0-9]|(setPort|listen|ServerSocket)\\([1-9][0-9]*[,)]");

    @TempDir
    Path folder;

    @Test
    void a_process_has_a_port_a_data_directory_and_a_cluster_name_that_are_not_the_defaults() {
        for (String mode : List.of("controller", "standalone")) {
            var environment = AiwmProcess.of(mode, folder).environment();
            assertThat(environment.get("PORT")).as(mode).isNotEqualTo("3003");
            assertThat(environment.get("AIWM_DATA_DIR")).startsWith(folder.toString());
            assertThat(environment.get("AIWM_CLUSTER_NAME")).startsWith("test-");
            assertThat(environment.get("AIWM_CLUSTER_ENABLED"))
                    .as("who says nothing of a cluster looks for none")
                    .isEqualTo("false");
        }
        var member = AiwmProcess.of("standalone", folder).with("AIWM_CLUSTER_PORT", AiwmProcess.freePorts());
        assertThat(member.environment()).doesNotContainKey("AIWM_CLUSTER_ENABLED");
        assertThat(AiwmProcess.of("worker", folder).environment())
                .containsKey("AIWM_CLUSTER_NAME")
                .doesNotContainKey("PORT");
    }

    @Test
    void no_port_is_given_twice() {
        var seen = new HashSet<Integer>();
        for (int i = 0; i < 25; i++) {
            assertThat(seen.add(AiwmProcess.freePort())).isTrue();
        }
        int first = AiwmProcess.freePorts();
        for (int port = first; port < first + 10; port++) {
            assertThat(seen.add(port)).isTrue();
        }
    }

    @Test
    void no_test_listens_on_a_port_of_its_choice() throws Exception {
        try (Stream<Path> sources = Files.walk(Path.of("src/test/java"))) {
            for (Path source :
                    sources.filter(file -> file.toString().endsWith(".java")).toList()) {
                assertThat(FIXED.matcher(Files.readString(source)).results().map(found -> found.group()))
                        .as(source.toString())
                        .isEmpty();
            }
        }
    }
}
