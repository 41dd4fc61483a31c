package io.aiwm.controller.model.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.SafetensorsWriter;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Each way to attack a reader of checkpoints is refused in words, at once and in little memory. */
class MalformedCheckpointTest {
    private static final String FILE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    @BeforeAll
    static void warm() {
        BoundedReading.refusal("whole files", CheckpointTest.checkpoint(SafetensorsWriter.llamaConfig()));
    }

    @Test
    void headers_of_a_length_that_cannot_be() {
        refused("the file ends within a number", FILE, new byte[7]);
        refused("the length of the header is 18446744073709551615", FILE, SafetensorsWriter.of(-1, new byte[0], 0));
        refused(
                "the length of the header is 9223372036854775808",
                FILE,
                SafetensorsWriter.of(Long.MIN_VALUE, new byte[0], 0));
        refused("the length of the header is 16777217", FILE, SafetensorsWriter.of((16 << 20) + 1, new byte[0], 0));
        refused(
                "the header has 100 bytes, and the file ends at byte 18",
                FILE,
                SafetensorsWriter.of(100, new byte[10], 0));
        refused("has no tensors", FILE, SafetensorsWriter.of("{}", 0));
    }

    @Test
    void a_file_that_ends_too_early_wherever_that_is() {
        byte[] whole = SafetensorsWriter.llama().toBytes();
        for (int length = 0; length < whole.length; length += length < 1_000 ? 7 : 1_999) {
            assertThat(refusal(FILE, Arrays.copyOf(whole, length)))
                    .as("%d bytes", length)
                    .isNotNull();
        }
    }

    @Test
    void headers_that_are_no_such_json() {
        refused("the header must be an object", FILE, header("[]", 0));
        refused("is not JSON", FILE, header("{\"a\":", 0));
        refused("there is more behind the end", FILE, header("{} {}", 0));
        refused("a must be an object", FILE, header("{\"a\":[]}", 0));
        refused("is not JSON", FILE, header("{\"__metadata__\":{\"a\":" + "[".repeat(500_000), 0));
        refused("is not JSON", FILE, header("{\"" + "n".repeat(2_000_000) + "\":1}", 0));
        refused("is not UTF-8", FILE, SafetensorsWriter.of(4, new byte[] {'{', '"', (byte) 0xc3, 0x28}, 0));
        String one = "\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}";
        refused("tensor a is there twice", FILE, header("{" + one + "," + one + "}", 1));
        refused("more than 32768 tensors", FILE, many());
    }

    @Test
    void tensors_that_cannot_be() {
        refused("must have dtype, shape and two data_offsets", FILE, tensor("{}"));
        refused("a is of type Q9", FILE, tensor("{'dtype':'Q9','shape':[],'data_offsets':[0,8]}"));
        refused("tensor a dtype must be a text", FILE, tensor("{'dtype':{},'shape':[],'data_offsets':[0,8]}"));
        refused("tensor a shape must be an array", FILE, tensor("{'dtype':'U8','shape':8,'data_offsets':[0,8]}"));
        refused("shape has -8", FILE, tensor("{'dtype':'U8','shape':[-8],'data_offsets':[0,8]}"));
        refused("shape must have whole numbers", FILE, tensor("{'dtype':'U8','shape':[8.0],'data_offsets':[0,8]}"));
        refused("shape has 9223372036854775808", FILE, tensor("{'dtype':'U8','shape':[9223372036854775808]}"));
        refused(
                "more numbers than 64 bits can count",
                FILE,
                tensor("{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,8]}"));
        refused(
                "more numbers than 64 bits can count",
                FILE,
                tensor("{'dtype':'F32','shape':[9223372036854775807],'data_offsets':[0,8]}"));
        refused("shape has more than 16 numbers", FILE, tensor("{'shape':[" + "1,".repeat(100_000) + "1]}"));
        refused("does not fill its last byte", FILE, tensor("{'dtype':'F4','shape':[15],'data_offsets':[0,8]}"));
    }

    @Test
    void places_that_cannot_be() {
        refused("takes bytes 8 to 0", FILE, tensor("{'dtype':'U8','shape':[8],'data_offsets':[8,0]}"));
        refused("takes bytes 0 to 9", FILE, tensor("{'dtype':'U8','shape':[8],'data_offsets':[0,9]}"));
        refused("data_offsets has -8", FILE, tensor("{'dtype':'U8','shape':[8],'data_offsets':[-8,0]}"));
        refused("has 8 bytes from 8 on", FILE, tensor("{'dtype':'U8','shape':[8],'data_offsets':[8,16]}"));
        refused("two data_offsets", FILE, tensor("{'dtype':'U8','shape':[8],'data_offsets':[0,8,9]}"));
        refused(
                "two tensors overlap from byte 4 of the tensors on",
                FILE,
                new SafetensorsWriter()
                        .tensor("a", "U8", 1, 8)
                        .tensorAt("b", "U8", 4, 8, 4)
                        .toBytes());
        refused(
                "no tensor has the bytes from byte 8 of the tensors on",
                FILE,
                header("{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}", 9));
    }

    @Test
    void configurations_that_cannot_be() {
        refused("config.json", "config.json: must be a JSON object", "[]");
        refused("config.json", "config.json: is not JSON", "{\"a\":" + "[".repeat(200_000));
        refused("config.json", "config.json: is not JSON: field 'a' is given twice", "{\"a\":1,\"a\":2}");
        refused("config.json", "config.json: has 524289 bytes", " ".repeat((512 << 10) + 1));
        for (String value : new String[] {"-1", "2.5", "\"2\"", "1e3", "4097", "99999999999999999999"}) {
            refused(
                    "config.json",
                    "config.json: num_hidden_layers is not a whole number",
                    SafetensorsWriter.llamaConfig()
                            .encode()
                            .replace("\"num_hidden_layers\":2", "\"num_hidden_layers\":" + value));
        }
    }

    @Test
    void an_index_that_leads_elsewhere() {
        for (String name : new String[] {"../a.safetensors", "/a.safetensors", "a/b.safetensors", "", ".safetensors"}) {
            var map = new JsonObject().put("weight_map", new JsonObject().put("t", name));
            refused(INDEX, "weight_map.t is not the name of a safetensors file", map.encode());
        }
        refused(INDEX, "names no files", "{\"weight_map\":{}}");
        refused(INDEX, "must be a JSON object", "7");
        refused(INDEX, "is not JSON", "{\"metadata\":" + "{\"a\":".repeat(100_000));
        refused("tokenizer_config.json", "must be a JSON object", "\"x\"");
    }

    private static byte[] many() {
        var text = new StringBuilder("{");
        for (int i = 0; i < 33_000; i++) {
            text.append('"').append(i).append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},");
        }
        return header(text.append("\"end\":{}}").toString(), 0);
    }

    private static byte[] tensor(String json) {
        return header("{\"a\":" + json.replace('\'', '"') + "}", 8);
    }

    private static byte[] header(String json, long dataBytes) {
        return SafetensorsWriter.of(json, dataBytes);
    }

    private static void refused(String file, String reason, String content) {
        assertThat(refusal(file, content.getBytes(StandardCharsets.UTF_8))).contains(reason);
    }

    private static void refused(String reason, String file, byte[] content) {
        assertThat(refusal(file, content)).startsWith(file + ": ").contains(reason);
    }

    private static String refusal(String file, byte[] content) {
        Map<String, ByteSource> files = CheckpointTest.checkpoint(SafetensorsWriter.llamaConfig());
        files.put(file, new MeteredBytes(content));
        return BoundedReading.refusal(file, files);
    }
}
