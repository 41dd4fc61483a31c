package io.aiwm.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.file.StoredFile;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Records as the version before the rooms were moved has written them (made by running it: deployments, jobs in every state,
 * an array, a schedule) are read by this one, and nothing of them is lost when it writes them again.
 */
class RecordsOfBeforeTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Map<String, Class<?>> TYPES = Map.of(
            "deployments", Deployment.class,
            "executions", Execution.class,
            "schedules", Schedule.class,
            "files", StoredFile.class);
    /** Derived from the words that were stored alone. */
    private static final String NEW_FIELD = "reasonCode";

    static Stream<Arguments> records() throws IOException {
        try (var file = RecordsOfBeforeTest.class.getResourceAsStream("/before/records.json")) {
            JsonNode all = MAPPER.readTree(file);
            return StreamSupport.stream(all.spliterator(), false)
                    .map(one -> Arguments.of(
                            one.path("collection").asText(), one.path("id").asText(), one.path("record")));
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("records")
    void nothing_is_lost(String collection, String id, JsonNode stored) throws IOException {
        Object read = Json.decode(stored.toString(), TYPES.get(collection));
        JsonNode again = MAPPER.readTree(Json.encode(read));
        if (read instanceof Deployment deployment && !stored.has("instances")) {
            assertThat(Json.decode(again.toString(), Deployment.class)).isEqualTo(deployment);
            again = asBefore(again);
        }
        if (again instanceof ObjectNode object && !stored.has(NEW_FIELD)) {
            object.remove(NEW_FIELD);
        }
        assertThat(again).as("%s %s", collection, id).isEqualTo(stored);
    }

    /** What a record of one container said of it stands in its replica now: as it would be without replicas. */
    private static JsonNode asBefore(JsonNode now) {
        ObjectNode flat = now.deepCopy();
        assertThat(flat.has("outbox")).as("nothing ever happened to it").isFalse();
        assertThat(flat.remove("instances")).hasSize(1);
        List.of("nodeIds", "generation", "goodGeneration", "revisions", "rollout", "deleting", "modelIds")
                .forEach(flat::remove);
        for (String field : List.of("container", "seen", "traces", "lastExecutionId", "endingFirst", "lost", "pull")) {
            JsonNode value = now.path("instances").path(0).path(field);
            if (!value.isMissingNode()) {
                flat.set(field, value);
            }
        }
        assertThat(now.path("instances").path(0).path("state")).isEqualTo(now.path("status"));
        return flat;
    }
}
