package io.aiwm.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which era a message belongs to, and whether its headers say what its body says. */
class ProtocolEraTest {
    private static final String META = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
            + "\"io.modelcontextprotocol/clientCapabilities\":{}}";

    private final Map<String, String> headers = new HashMap<>(
            Map.of("MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "list_nodes"));

    private static RpcMessage call(String params) {
        String json = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{" + params + "}}";
        return RpcReader.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private RpcError refused(String params) {
        RpcError cause = catchThrowableOfType(RpcError.class, () -> ProtocolEra.isModern(call(params), headers::get));
        assertThat(cause).isNotNull();
        assertThat(cause.status).isEqualTo(400);
        return cause;
    }

    @Test
    void without_metadata_it_is_of_the_era_with_initialize() {
        headers.clear();
        assertThat(ProtocolEra.isModern(call("\"name\":\"x\""), headers::get)).isFalse();
        headers.put("MCP-Protocol-Version", "2025-11-25");
        assertThat(ProtocolEra.isModern(call("\"name\":\"x\""), headers::get)).isFalse();
        headers.put("MCP-Protocol-Version", "2024-11-05");
        assertThat(refused("\"name\":\"x\"").code).isEqualTo(RpcError.UNSUPPORTED_VERSION);
    }

    @Test
    void a_stateless_request_has_metadata_and_headers_that_agree() {
        String good = "\"name\":\"list_nodes\"," + META;
        assertThat(ProtocolEra.isModern(call(good), headers::get)).isTrue();
        assertThat(refused("\"name\":\"other\"," + META).code).isEqualTo(RpcError.HEADER_MISMATCH);
        assertThat(refused("\"name\":\"list_nodes\"").code).isEqualTo(RpcError.INVALID_PARAMS);
        assertThat(refused(
                                "\"name\":\"list_nodes\",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}")
                        .code)
                .isEqualTo(RpcError.INVALID_PARAMS);
        for (String header : new String[] {"Mcp-Name", "Mcp-Method", "MCP-Protocol-Version"}) {
            String value = headers.remove(header);
            assertThat(refused(good).code).as(header).isEqualTo(RpcError.HEADER_MISMATCH);
            headers.put(header, value);
        }
        headers.put("Mcp-Method", "tools/list");
        assertThat(refused(good).code).isEqualTo(RpcError.HEADER_MISMATCH);
    }

    @Test
    void a_version_that_is_not_spoken_is_answered_with_those_that_are() {
        headers.put("MCP-Protocol-Version", "2031-01-01");
        RpcError cause = refused("\"name\":\"list_nodes\"," + META.replace("2026-07-28", "2031-01-01"));
        assertThat(cause.code).isEqualTo(RpcError.UNSUPPORTED_VERSION);
        assertThat(cause.data.path("requested").textValue()).isEqualTo("2031-01-01");
        assertThat(cause.data.path("supported").toString()).contains("2026-07-28", "2025-11-25");
    }

    @Test
    void a_name_that_no_header_can_hold_travels_as_base64() {
        for (String name : new String[] {"grüße", " padded ", "a\r\nX-Evil: 1", "=?base64?eA==?=", "plain name", ""}) {
            String header = HeaderText.encode(name);
            assertThat(header).matches("[\\x20-\\x7e]*");
            assertThat(HeaderText.decode(header)).isEqualTo(name);
        }
        assertThat(HeaderText.encode("list_nodes")).isEqualTo("list_nodes");
        assertThat(HeaderText.decode("=?base64?!!?=")).isNull();
        assertThat(HeaderText.decode("ü")).isNull();
        headers.put("Mcp-Name", HeaderText.encode("grüße"));
        assertThat(ProtocolEra.isModern(call("\"name\":\"grüße\"," + META), headers::get))
                .isTrue();
    }
}
