package io.aiwm.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.aiwm.common.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is published for writers of workers is what the code reads and writes. */
class SchemaTest {
    /** Every type of message, and the record of its data; null for commands whose data the step decides. */
    private static final Map<String, Class<?>> TYPES = types();

    private static Map<String, Class<?>> types() {
        var types = new HashMap<String, Class<?>>();
        CommandNames.ALL.forEach(
                name -> types.put(name, name.startsWith("deployment.") ? DeploymentCommand.class : null));
        types.put(ConnectionAck.TYPE, ConnectionAck.class);
        types.put(NodeRegister.TYPE, NodeRegister.class);
        types.put(RegisterAck.TYPE, RegisterAck.class);
        types.put(Heartbeat.TYPE, Heartbeat.class);
        types.put(HeartbeatAck.TYPE, HeartbeatAck.class);
        types.put(Metrics.TYPE, Metrics.class);
        types.put(Resources.TYPE, Resources.class);
        types.put(NodeModels.TYPE, NodeModels.class);
        types.put(CommandCancel.TYPE, CommandCancel.class);
        types.put(CommandAck.TYPE, CommandAck.class);
        types.put(CommandProgress.TYPE, CommandProgress.class);
        types.put(CommandResult.TYPE, CommandResult.class);
        types.put(ResultAck.TYPE, ResultAck.class);
        types.put(DeploymentStatus.TYPE, DeploymentStatus.class);
        types.put(LogsFollow.TYPE, LogsFollow.class);
        types.put(LogsStop.TYPE, LogsStop.class);
        types.put(LogChunk.TYPE, LogChunk.class);
        types.put(ShellOpen.TYPE, ShellOpen.class);
        types.put(ShellInput.TYPE, ShellInput.class);
        types.put(ShellClose.TYPE, ShellClose.class);
        types.put(ShellOutput.TYPE, ShellOutput.class);
        types.put(FilePut.TYPE, FilePut.class);
        types.put(FileAck.TYPE, FileAck.class);
        types.put(FileGet.TYPE, FileGet.class);
        types.put(FileChunk.TYPE, FileChunk.class);
        types.put(Goodbye.TYPE, Goodbye.class);
        types.put(TokenRenew.TYPE, TokenRenew.class);
        types.put(TokenRenewed.TYPE, TokenRenewed.class);
        types.put(RetentionAsk.TYPE, RetentionAsk.class);
        types.put(RetentionKept.TYPE, RetentionKept.class);
        types.put(ProtocolError.TYPE, ProtocolError.class);
        types.put(ProxyState.TYPE, ProxyState.class);
        types.put(ProxyConfig.TYPE, ProxyConfig.class);
        types.put(ProxyUsage.TYPE, ProxyUsage.class);
        types.put(ProxyUsageAck.TYPE, ProxyUsageAck.class);
        types.put(ProxyLease.TYPE, ProxyLease.class);
        types.put(ProxyLeased.TYPE, ProxyLeased.class);
        return types;
    }

    static Stream<String> everyType() {
        return TYPES.keySet().stream().sorted();
    }

    private static JsonObject schema(String type) throws IOException {
        try (InputStream in = SchemaTest.class.getResourceAsStream("/protocol/" + type + ".schema.json")) {
            assertThat(in).as("schema of " + type).isNotNull();
            return new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static boolean valid(JsonObject schema, JsonObject message) {
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(schema.encode())
                .validate(message.encode(), InputFormat.JSON)
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("everyType")
    void every_example_passes_its_schema_and_is_read_and_written_without_loss(String type) throws IOException {
        JsonObject schema = schema(type);
        JsonArray examples = schema.getJsonArray("examples");
        assertThat(examples).isNotEmpty();
        for (Object one : examples) {
            JsonObject example = (JsonObject) one;
            assertThat(valid(schema, example)).isTrue();
            Envelope message = Envelope.decode(example.encode());
            assertThat(message.type()).isEqualTo(type);
            if (TYPES.get(type) != null) {
                JsonObject written = Json.toObject(message.as(TYPES.get(type)));
                assertThat(example.getJsonObject("data").fieldNames()).isSubsetOf(written.fieldNames());
                assertThat(valid(schema, example.copy().put("data", written))).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyType")
    void a_message_without_what_it_needs_does_not_pass(String type) throws IOException {
        JsonObject schema = schema(type);
        JsonObject example = schema.getJsonArray("examples").getJsonObject(0);
        for (Object needed : schema.getJsonArray("required")) {
            JsonObject without = example.copy();
            without.remove((String) needed);
            assertThat(valid(schema, without)).as("without " + needed).isFalse();
        }
        assertThat(valid(schema, example.copy().put("type", "other"))).isFalse();
    }

    @ParameterizedTest
    @MethodSource("everyType")
    void the_schema_names_exactly_the_fields_of_the_record(String type) throws IOException {
        if (TYPES.get(type) != null) {
            same(type, TYPES.get(type), schema(type).getJsonObject("properties").getJsonObject("data"));
        }
    }

    private static void same(String where, Type type, JsonObject schema) {
        if (type instanceof ParameterizedType generic && generic.getRawType() == List.class) {
            same(where + "[]", generic.getActualTypeArguments()[0], schema.getJsonObject("items"));
        } else if (type instanceof Class<?> record && record.isRecord()) {
            JsonObject properties = schema.getJsonObject("properties");
            assertThat(properties.fieldNames())
                    .as(where)
                    .containsExactlyInAnyOrderElementsOf(Arrays.stream(record.getRecordComponents())
                            .map(RecordComponent::getName)
                            .toList());
            for (RecordComponent part : record.getRecordComponents()) {
                same(where + "." + part.getName(), part.getGenericType(), properties.getJsonObject(part.getName()));
            }
        }
    }
}
