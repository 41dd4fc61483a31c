package io.aiwm.inference.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.inference.GatewayError;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessagesDialectTest {
    private static final MessagesDialect DIALECT = new MessagesDialect();

    /** Written with single quotes. */
    private static JsonObject json(String text) {
        return new JsonObject(text.replace('\'', '"'));
    }

    private static JsonObject asked(String messages, String more) {
        return json("{'model':'m','max_tokens':5,'messages':" + messages + more + "}");
    }

    private static JsonArray messages(String messages, String more) {
        return DIALECT.request(asked(messages, more)).getJsonArray("messages");
    }

    private static void becomes(String messages, String expected) {
        assertThat(messages(messages, "")).isEqualTo(new JsonArray(expected.replace('\'', '"')));
    }

    @Test
    void settings_are_renamed_and_unknown_ones_pass() {
        JsonObject chat = DIALECT.request(
                asked(
                        "[{'role':'user','content':'hi'}]",
                        ",'stop_sequences':['END'],'temperature':0.5,'top_p':0.9,'top_k':40,'stream':true,'ignore_eos':true,"
                                + "'metadata':{'user_id':'ann'},'thinking':{'type':'enabled','budget_tokens':9},'service_tier':'auto'"));
        assertThat(chat)
                .isEqualTo(
                        json("{'model':'m','max_tokens':5,'messages':[{'role':'user','content':'hi'}],'stop':['END'],"
                                + "'temperature':0.5,'top_p':0.9,'top_k':40,'stream':true,'ignore_eos':true,'user':'ann',"
                                + "'stream_options':{'include_usage':true}}"));
    }

    @Test
    void the_system_prompt_comes_first_as_text_or_blocks() {
        String user = "[{'role':'user','content':'hi'}]";
        assertThat(messages(user, ",'system':'be kind'").getJsonObject(0))
                .isEqualTo(json("{'role':'system','content':'be kind'}"));
        String blocks =
                ",'system':[{'type':'text','text':'a'},{'type':'text','text':'b','cache_control':{'type':'ephemeral'}}]";
        assertThat(messages(user, blocks).getJsonObject(0)).isEqualTo(json("{'role':'system','content':'a\\nb'}"));
    }

    @Test
    void images_become_parts_and_text_alone_stays_text() {
        becomes(
                "[{'role':'user','content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]}]",
                "[{'role':'user','content':'a\\nb'}]");
        becomes(
                "[{'role':'user','content':[{'type':'text','text':'see'},"
                        + "{'type':'image','source':{'type':'base64','media_type':'image/png','data':'QUJD'}},"
                        + "{'type':'image','source':{'type':'url','url':'https://x/y.png'}}]}]",
                "[{'role':'user','content':[{'type':'text','text':'see'},"
                        + "{'type':'image_url','image_url':{'url':'data:image/png;base64,QUJD'}},"
                        + "{'type':'image_url','image_url':{'url':'https://x/y.png'}}]}]");
    }

    @Test
    void calls_and_results_of_tools_become_messages_in_the_order_that_engines_want() {
        becomes(
                "[{'role':'assistant','content':[{'type':'thinking','thinking':'hm','signature':'s'},{'type':'text','text':'wait'},"
                        + "{'type':'tool_use','id':'t1','name':'f','input':{'x':1}},{'type':'tool_use','id':'t2','name':'g','input':{}}]},"
                        + "{'role':'user','content':[{'type':'text','text':'and now?'},"
                        + "{'type':'tool_result','tool_use_id':'t1','content':[{'type':'text','text':'one'},"
                        + "{'type':'image','source':{'type':'url','url':'u'}}]},"
                        + "{'type':'tool_result','tool_use_id':'t2','is_error':true,'content':'gone'}]}]",
                "[{'role':'assistant','content':'wait','tool_calls':["
                        + "{'id':'t1','type':'function','function':{'name':'f','arguments':'{\\'x\\':1}'}},"
                        + "{'id':'t2','type':'function','function':{'name':'g','arguments':'{}'}}]},"
                        + "{'role':'tool','tool_call_id':'t1','content':'one'},"
                        + "{'role':'tool','tool_call_id':'t2','content':'Error: gone'},"
                        + "{'role':'user','content':[{'type':'text','text':'and now?'},{'type':'image_url','image_url':{'url':'u'}}]}]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'type':'auto'} | auto",
                "{'type':'any'} | required",
                "{'type':'none'} | none",
                "{'type':'tool','name':'f'} | {'type':'function','function':{'name':'f'}}"
            },
            quoteCharacter = '`')
    void tools_and_the_choice_among_them(String choice, String expected) {
        JsonObject chat = DIALECT.request(asked(
                "[{'role':'user','content':'hi'}]",
                ",'tools':[{'name':'f','description':'d','input_schema':{'type':'object'},'cache_control':null}],'tool_choice':"
                        + choice));
        assertThat(chat.getJsonArray("tools"))
                .isEqualTo(
                        new JsonArray(
                                "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"type\":\"object\"}}}]"));
        assertThat(chat.getValue("tool_choice")).isEqualTo(expected.startsWith("{") ? json(expected) : expected);
    }

    @Test
    void one_call_at_a_time_when_asked_for() {
        JsonObject chat = DIALECT.request(
                asked(
                        "[{'role':'user','content':'hi'}]",
                        ",'tools':[{'name':'f','input_schema':{}}],'tool_choice':{'type':'auto','disable_parallel_tool_use':true}"));
        assertThat(chat.getBoolean("parallel_tool_calls")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'messages':[{'role':'user','content':'x'}]} | max_tokens",
                "{'max_tokens':0,'messages':[{'role':'user','content':'x'}]} | max_tokens",
                "{'max_tokens':'5'} | max_tokens",
                "{'max_tokens':5} | messages",
                "{'max_tokens':5,'messages':[7]} | messages.0",
                "{'max_tokens':5,'messages':[{'content':'x'}]} | messages.0.role",
                "{'max_tokens':5,'messages':[{'role':'robot','content':'x'}]} | messages.0.role",
                "{'max_tokens':5,'messages':[{'role':'user'}]} | messages.0.content",
                "{'max_tokens':5,'messages':[{'role':'user','content':[{'type':'video'}]}]} | messages.0.content.0.type",
                "{'max_tokens':5,'messages':[{'role':'user','content':[{'type':'text','text':1}]}]} | messages.0.content.0.text",
                "{'max_tokens':5,'messages':[{'role':'user','content':[{'type':'image','source':{'type':'file'}}]}]} | messages.0.content.0.source.type",
                "{'max_tokens':5,'messages':[{'role':'user','content':'x'}],'tools':[{'type':'web_search_20250305','name':'w'}]} | tools.0.type",
                "{'max_tokens':5,'messages':[{'role':'user','content':'x'}],'tools':[{'name':'w'}]} | tools.0.input_schema",
                "{'max_tokens':5,'messages':[{'role':'user','content':'x'}],'tools':[{'name':'w','input_schema':{}}],'tool_choice':{'type':'some'}} | tool_choice.type",
                "{'max_tokens':5,'messages':[{'role':'user','content':'x'}],'stop_sequences':'END'} | stop_sequences",
                "{'max_tokens':5,'messages':[{'role':'user','content':'x'}],'mcp_servers':[{}]} | mcp_servers"
            })
    void what_cannot_be_translated_is_refused_by_the_name_of_its_field(String asked, String field) {
        GatewayError.Refused refused =
                catchThrowableOfType(GatewayError.Refused.class, () -> DIALECT.request(json(asked)));
        assertThat(refused.error.status()).isEqualTo(400);
        assertThat(refused.error.param()).isEqualTo(field);
    }

    private static JsonObject answer(String choice, String more) {
        return DIALECT.answer(
                asked("[{'role':'user','content':'x'}]", ""),
                json("{'id':'chatcmpl-0123456789','choices':[" + choice + "]" + more + "}"));
    }

    @Test
    void an_answer_with_text_and_calls() {
        JsonObject message = answer(
                "{'index':0,'finish_reason':'tool_calls','message':{'role':'assistant','content':'wait',"
                        + "'tool_calls':[{'id':'c1','type':'function','function':{'name':'f','arguments':'{}'}}]}}",
                ",'usage':{'prompt_tokens':12,'completion_tokens':3,'prompt_tokens_details':{'cached_tokens':8}}");
        assertThat(message)
                .isEqualTo(json("{'id':'msg_0123456789','type':'message','role':'assistant','model':'m','content':["
                        + "{'type':'text','text':'wait'},{'type':'tool_use','id':'c1','name':'f','input':{}}],"
                        + "'stop_reason':'tool_use','stop_sequence':null,'usage':{'input_tokens':4,"
                        + "'cache_creation_input_tokens':0,'cache_read_input_tokens':8,'output_tokens':3}}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'finish_reason':'stop','message':{'content':'a'} | end_turn |",
                "'finish_reason':'length','message':{'content':'a'} | max_tokens |",
                "'finish_reason':'content_filter','message':{'content':'a'} | refusal |",
                "'finish_reason':'stop','message':{'refusal':'no'} | refusal |",
                "'finish_reason':'stop','stop_reason':'END','message':{'content':'a'} | stop_sequence | END",
                "'finish_reason':'stop','matched_stop':'END','message':{'content':'a'} | stop_sequence | END",
                "'finish_reason':'stop','stop_reason':128009,'message':{'content':'a'} | end_turn |",
                "'finish_reason':'stop','message':{'tool_calls':[{'id':'c','function':{'name':'f','arguments':''}}]} | tool_use |"
            })
    void why_it_ended(String choice, String reason, String sequence) {
        JsonObject message = answer("{'index':0," + choice + "}", "");
        assertThat(message.getString("stop_reason")).isEqualTo(reason);
        assertThat(message.getString("stop_sequence")).isEqualTo(sequence);
    }

    @Test
    void arguments_that_are_no_json_are_not_lost() {
        JsonObject message = answer(
                "{'message':{'tool_calls':[{'id':'c','function':{'name':'f','arguments':'{cut'}}]},'finish_reason':'length'}",
                "");
        assertThat(message.getJsonArray("content").getJsonObject(0).getJsonObject("input"))
                .isEqualTo(json("{'INVALID_JSON':'{cut'}"));
    }

    @Test
    void what_is_no_chat_completion_is_answered_with_502() {
        GatewayError.Refused refused = catchThrowableOfType(
                GatewayError.Refused.class, () -> answer("{'message':{'content':['the secret answer']}}", ""));
        assertThat(refused.error.status()).isEqualTo(502);
        assertThat(refused.error.message()).doesNotContain("secret");
    }

    @Test
    void the_events_of_a_stream_come_in_the_order_of_the_api() {
        var stream = DIALECT.stream(asked("[{'role':'user','content':'x'}]", ""));
        var sent = new SentEvents()
                .add(
                        stream.chunk(
                                json(
                                        "{'id':'chatcmpl-0123456789','choices':[{'index':0,'delta':{'role':'assistant','content':''}}]}")))
                .add(stream.chunk(json("{'choices':[{'index':0,'delta':{'content':'hi'}}]}")))
                .add(
                        stream.chunk(
                                json(
                                        "{'choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'id':'c','function':{'name':'f','arguments':'{}'}}]}}]}")))
                .add(stream.chunk(json("{'choices':[{'index':0,'delta':{},'finish_reason':'tool_calls'}]}")))
                .add(stream.chunk(json("{'choices':[],'usage':{'prompt_tokens':4,'completion_tokens':2}}")))
                .add(stream.end());
        assertThat(sent.types())
                .containsExactly(
                        "message_start",
                        "content_block_start",
                        "content_block_delta",
                        "content_block_stop",
                        "content_block_start",
                        "content_block_delta",
                        "content_block_stop",
                        "message_delta",
                        "message_stop");
        assertThat(sent.all
                        .get(0)
                        .getJsonObject("message")
                        .getJsonObject("usage")
                        .getInteger("input_tokens"))
                .isPositive();
        assertThat(sent.message().getJsonObject("usage").getInteger("input_tokens"))
                .isEqualTo(4);
    }

    @Test
    void tokens_are_estimated_and_grow_with_the_prompt() {
        var few = json("{'model':'m','messages':[{'role':'user','content':'hello, world'}]}");
        assertThat(DIALECT.countTokens(few)).isEqualTo(json("{'input_tokens':7}"));
        var more = few.copy().put("system", "x".repeat(400));
        assertThat(DIALECT.countTokens(more).getInteger("input_tokens")).isEqualTo(7 + 4 + 100);
    }
}
