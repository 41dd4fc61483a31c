package io.aiwm.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Json;
import io.aiwm.controller.gateway.AbsenceReason;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What records and messages of an older controller say in words alone is decided on as if they had a code. */
class NodeReasonsTest {
    private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "stopped by its operator, STOPPED",
        "its worker stopped, STOPPED",
        "not heard for 180 s, SILENT",
        "its connection was lost, DISCONNECTED",
        "the token has expired, DISCONNECTED"
    })
    void words_of_an_older_record_read_as_their_code(String words, AbsenceReason.Code code) {
        String stored = Json.encode(offline(words));
        String older = stored.replaceAll(",\"reasonCode\":\"[A-Z]+\"", "");
        assertThat(older).isNotEqualTo(stored);
        Node read = Json.decode(older, Node.class);
        assertThat(read.reasonCode()).isEqualTo(code);
        assertThat(read.wasStopped()).isEqualTo(code == AbsenceReason.Code.STOPPED);
    }

    @Test
    void the_code_counts_and_not_the_words() {
        var other = NodeBuilder.builder(offline("good night"))
                .reasonCode(AbsenceReason.Code.STOPPED)
                .build();
        assertThat(Json.decode(Json.encode(other), Node.class).wasStopped()).isTrue();
        var words = NodeBuilder.builder(offline("stopped by its operator"))
                .reasonCode(AbsenceReason.Code.SILENT)
                .build();
        assertThat(words.wasStopped()).isFalse();
    }

    @Test
    void an_older_controller_tells_of_a_goodbye_in_words_alone() {
        String told = "{\"id\":\"n1\",\"ageMs\":5,\"active\":0,\"left\":\"stopped by its operator\"}";
        assertThat(Json.decode(told, NodePresence.Seen.class).absence()).isEqualTo(AbsenceReason.STOPPED);
        assertThat(new NodePresence.Seen("n1", 5, 0, null, null, null).absence())
                .isNull();
    }

    @Test
    void a_fault_of_an_older_record_is_missing_when_its_words_say_so() {
        var faults = Json.decode(
                "{\"1\":{\"reason\":\"%s\"},\"2\":{\"reason\":\"ERR!\"}}".formatted(GpuWatch.MISSING), Map.class);
        var node = NodeBuilder.builder(offline("x")).build();
        String stored = Json.toObject(node).put("gpuFaults", faults).encode();
        var read = Json.decode(stored, Node.class).gpuFaults();
        assertThat(read.get(1).missing()).isTrue();
        assertThat(read.get(2).missing()).isFalse();
    }

    private static Node offline(String words) {
        return Node.begun("n1", NOW)
                .status(NodeStatus.OFFLINE)
                .statusReason(words)
                .build();
    }
}
