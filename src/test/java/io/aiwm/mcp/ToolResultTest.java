package io.aiwm.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class ToolResultTest {
    private static String joined(String content) throws Exception {
        return ToolResult.read(
                        (ObjectNode) new ObjectMapper().readTree("{\"content\":" + content.replace('\'', '"') + "}"))
                .joined();
    }

    @Test
    void a_model_reads_of_what_is_no_text_what_it_is_and_where() throws Exception {
        assertThat(joined("[{'type':'text','text':'Here:'},{'type':'image','data':'AAAA','mimeType':'image/png'},"
                        + "{'type':'resource_link','uri':'https://docs.example/1','name':'one'},"
                        + "{'type':'resource','resource':{'uri':'file:///a','text':'inside'}},"
                        + "{'type':'resource','resource':{'uri':'file:///b','blob':'AA','mimeType':'a/b'}}]"))
                .isEqualTo(
                        "Here:\n[image image/png]\n[resource https://docs.example/1 one]\ninside\n[resource file:///b a/b]");
    }

    @Test
    void what_is_not_understood_is_nothing() throws Exception {
        assertThat(joined("[{'type':'text','text':null},null,{'type':'later'},{'type':'text','text':'x'}]"))
                .isEqualTo("x");
    }
}
