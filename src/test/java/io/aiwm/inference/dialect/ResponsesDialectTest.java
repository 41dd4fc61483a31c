package io.aiwm.inference.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.inference.GatewayError;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponsesDialectTest {
    private static final ResponsesDialect DIALECT =
            new ResponsesDialect(InstantSource.fixed(Instant.ofEpochSecond(1_000)));

    /** Written with single quotes. */
    private static JsonObject json(String text) {
        return new JsonObject(text.replace('\'', '"'));
    }

    private static JsonObject chat(String fields) {
        return DIALECT.request(json("{'model':'m'," + fields + "}"));
    }

    private static void becomes(String input, String expected) {
        assertThat(chat("'input':" + input).getJsonArray("messages"))
                .isEqualTo(new JsonArray(expected.replace('\'', '"')));
    }

    @Test
    void settings_are_renamed_and_unknown_ones_pass() {
        assertThat(
                        chat(
                                "'input':'hi','instructions':'be kind','max_output_tokens':9,'temperature':0.5,'top_p':0.9,'stream':true,"
                                        + "'reasoning':{'effort':'low','summary':'auto'},'store':true,'metadata':{'a':'b'},'seed':7,'include':[]"))
                .isEqualTo(json(
                        "{'model':'m','messages':[{'role':'system','content':'be kind'},{'role':'user','content':'hi'}],"
                                + "'max_tokens':9,'temperature':0.5,'top_p':0.9,'stream':true,'stream_options':{'include_usage':true},"
                                + "'reasoning_effort':'low','seed':7}"));
    }

    @Test
    void items_become_messages_and_calls_join_the_answer_before_them() {
        becomes(
                "[{'role':'developer','content':'d'},{'type':'message','role':'user','content':[{'type':'input_text','text':'u'}]},"
                        + "{'type':'reasoning','id':'r','summary':[]},"
                        + "{'type':'message','role':'assistant','content':[{'type':'output_text','text':'a','annotations':[]}]},"
                        + "{'type':'function_call','call_id':'c1','name':'f','arguments':'1'},"
                        + "{'type':'function_call','call_id':'c2','name':'g','arguments':'2'},"
                        + "{'type':'function_call_output','call_id':'c1','output':'one'},"
                        + "{'type':'function_call_output','call_id':'c2','output':[{'type':'input_text','text':'two'}]},"
                        + "{'type':'function_call','call_id':'c3','name':'f','arguments':'3'}]",
                "[{'role':'system','content':'d'},{'role':'user','content':'u'},{'role':'assistant','content':'a','tool_calls':["
                        + "{'id':'c1','type':'function','function':{'name':'f','arguments':'1'}},"
                        + "{'id':'c2','type':'function','function':{'name':'g','arguments':'2'}}]},"
                        + "{'role':'tool','tool_call_id':'c1','content':'one'},{'role':'tool','tool_call_id':'c2','content':'two'},"
                        + "{'role':'assistant','content':null,'tool_calls':["
                        + "{'id':'c3','type':'function','function':{'name':'f','arguments':'3'}}]}]");
    }

    @Test
    void images_become_parts() {
        becomes(
                "[{'role':'user','content':[{'type':'input_text','text':'see'},"
                        + "{'type':'input_image','image_url':'data:image/png;base64,QUJD','detail':'low'}]}]",
                "[{'role':'user','content':[{'type':'text','text':'see'},"
                        + "{'type':'image_url','image_url':{'url':'data:image/png;base64,QUJD','detail':'low'}}]}]");
    }

    @Test
    void tools_are_nested_and_so_is_the_choice() {
        JsonObject chat = chat(
                "'input':'x','parallel_tool_calls':false,'tool_choice':{'type':'function','name':'f'},"
                        + "'tools':[{'type':'function','name':'f','description':'d','parameters':{'type':'object'},'strict':true}]");
        assertThat(chat.getJsonArray("tools").getJsonObject(0))
                .isEqualTo(json(
                        "{'type':'function','function':{'name':'f','description':'d','parameters':{'type':'object'},"
                                + "'strict':true}}"));
        assertThat(chat.getJsonObject("tool_choice")).isEqualTo(json("{'type':'function','function':{'name':'f'}}"));
        assertThat(chat.getBoolean("parallel_tool_calls")).isFalse();
        assertThat(chat("'input':'x','tool_choice':'required','tools':[{'type':'function','name':'f','parameters':{}}]")
                        .getString("tool_choice"))
                .isEqualTo("required");
    }

    @Test
    void the_format_of_the_text_becomes_that_of_the_response() {
        assertThat(
                        chat("'input':'x','text':{'format':{'type':'json_schema','name':'n','schema':{'type':'object'},'strict':true}}")
                                .getJsonObject("response_format"))
                .isEqualTo(json(
                        "{'type':'json_schema','json_schema':{'name':'n','schema':{'type':'object'},'strict':true}}"));
        assertThat(chat("'input':'x','text':{'format':{'type':'text'}}").containsKey("response_format"))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'previous_response_id':'resp_1','input':'x' | previous_response_id",
                "'conversation':'conv_1','input':'x' | conversation",
                "'background':true,'input':'x' | background",
                "'prompt':{'id':'p'},'input':'x' | prompt",
                "'temperature':1 | input",
                "'input':7 | input",
                "'input':[] | input",
                "'input':[{'type':'item_reference','id':'i'}] | input[0].type",
                "'input':[{'type':'computer_call'}] | input[0].type",
                "'input':[{'role':'user','content':[{'type':'input_file','file_id':'f'}]}] | input[0].content[0].type",
                "'input':[{'role':'user','content':[{'type':'input_image','file_id':'f'}]}] | input[0].content[0].file_id",
                "'input':[{'role':'user','content':'x'},{'type':'function_call','name':'f'}] | input[1].arguments",
                "'input':'x','tools':[{'type':'web_search'}] | tools[0].type",
                "'input':'x','tools':[{'type':'function','name':'f'}],'tool_choice':{'type':'mcp'} | tool_choice.type",
                "'input':'x','text':{'format':{'type':'grammar'}} | text.format.type",
                "'input':'x','max_output_tokens':0 | max_output_tokens"
            })
    void what_cannot_be_translated_is_refused_by_the_name_of_its_field(String fields, String field) {
        GatewayError.Refused refused = catchThrowableOfType(GatewayError.Refused.class, () -> chat(fields));
        assertThat(refused.error.status()).isEqualTo(400);
        assertThat(refused.error.param()).isEqualTo(field);
    }

    private static JsonObject answer(String asked, String choice) {
        return DIALECT.answer(
                json("{'model':'m','input':'x'" + asked + "}"),
                json(
                        "{'id':'chatcmpl-0123456789','choices':[{'index':0," + choice + "}],"
                                + "'usage':{'prompt_tokens':12,'completion_tokens':3,'completion_tokens_details':{'reasoning_tokens':1}}}"));
    }

    @Test
    void an_answer_has_all_fields_and_says_that_nothing_is_kept() {
        JsonObject response = answer(
                ",'store':true,'instructions':'i','temperature':0.5",
                "'finish_reason':'stop','message':{'content':'hi',"
                        + "'tool_calls':[{'id':'c1','function':{'name':'f','arguments':'{}'}}]}");
        assertThat(response)
                .isEqualTo(json("{'id':'resp_0123456789','object':'response','created_at':1000,'completed_at':1000,"
                        + "'status':'completed','background':false,'error':null,'incomplete_details':null,'instructions':'i',"
                        + "'max_output_tokens':null,'metadata':{},'model':'m','previous_response_id':null,"
                        + "'reasoning':{'effort':null,'summary':null},'store':false,'text':{'format':{'type':'text'}},'tools':[],"
                        + "'user':null,'parallel_tool_calls':true,'temperature':0.5,'top_p':1.0,'tool_choice':'auto',"
                        + "'truncation':'disabled','output':["
                        + "{'id':'msg_0123456789_0','type':'message','status':'completed','role':'assistant','content':["
                        + "{'type':'output_text','annotations':[],'logprobs':[],'text':'hi'}]},"
                        + "{'id':'fc_0123456789_1','type':'function_call','status':'completed','call_id':'c1','name':'f',"
                        + "'arguments':'{}'}],'usage':{'input_tokens':12,'input_tokens_details':{'cached_tokens':0},"
                        + "'output_tokens':3,'output_tokens_details':{'reasoning_tokens':1},'total_tokens':15}}"));
    }

    @ParameterizedTest
    @CsvSource({"length, max_output_tokens", "content_filter, content_filter"})
    void one_that_was_cut_says_why(String finish, String reason) {
        JsonObject response = answer("", "'finish_reason':'" + finish + "','message':{'content':'hi'}");
        assertThat(response.getString("status")).isEqualTo("incomplete");
        assertThat(response.getJsonObject("incomplete_details").getString("reason"))
                .isEqualTo(reason);
        assertThat(response.getJsonArray("output").getJsonObject(0).getString("status"))
                .isEqualTo("incomplete");
    }

    @Test
    void the_events_of_a_stream_come_in_the_order_of_the_api() {
        var stream = DIALECT.stream(json("{'model':'m','input':'x'}"));
        var sent = new SentEvents()
                .add(stream.chunk(json("{'choices':[{'index':0,'delta':{'content':'hi'}}]}")))
                .add(
                        stream.chunk(
                                json(
                                        "{'choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'id':'c','function':{'name':'f','arguments':'{}'}}]}}]}")))
                .add(stream.chunk(json("{'choices':[{'index':0,'delta':{},'finish_reason':'tool_calls'}]}")))
                .add(stream.end());
        assertThat(sent.types())
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.output_item.done",
                        "response.completed");
        assertThat(sent.response().getJsonArray("output")).hasSize(2);
    }

    @Test
    void one_that_fails_says_why_and_what_has_come() {
        var stream = DIALECT.stream(json("{'model':'m','input':'x'}"));
        var sent = new SentEvents()
                .add(stream.chunk(json("{'choices':[{'index':0,'delta':{'content':'half'}}]}")))
                .add(stream.chunk(json("{'choices':[{'index':0,'delta':{'content':7}}]}")));
        JsonObject response = sent.response();
        assertThat(sent.last().getString("type")).isEqualTo("response.failed");
        assertThat(response.getJsonObject("error").getString("code")).isEqualTo("server_error");
        assertThat(response.getJsonArray("output").getJsonObject(0).getString("status"))
                .isEqualTo("incomplete");
        assertThat(response.getJsonArray("output").encode()).contains("half");
    }
}
