package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.aiwm.common.Failure;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a body may say shorter means the same as the long form, at every door and as deep as it stands. */
class ShorthandTest {
    private static final Contract CONTRACT =
            Contract.load(List.of("jobs", "deployments", "executions", "schedules", "nodes"));

    private static JsonObject taken(String operation, String body) {
        return new JsonObject(
                RequestCheck.body(operation(operation), buffer(body)).text());
    }

    private static Failure refused(String operation, String body) {
        return catchThrowableOfType(Failure.class, () -> RequestCheck.body(operation(operation), buffer(body)));
    }

    private static Operation operation(String id) {
        return CONTRACT.operations().stream()
                .filter(one -> one.id().equals(id))
                .findAny()
                .orElseThrow();
    }

    private static Buffer buffer(String body) {
        return Buffer.buffer(body.replace('\'', '"'));
    }

    private static JsonObject json(String text) {
        return new JsonObject(text.replace('\'', '"'));
    }

    @Test
    void a_size_may_be_text_with_a_unit_wherever_one_is_taken() {
        assertThat(taken(
                        "createJob",
                        "{'memoryBytes':'8GiB','logLimitBytes':'512KiB','requirements':{'diskBytes':'1TiB'}}"))
                .isEqualTo(json("{'memoryBytes':8589934592,'logLimitBytes':524288,"
                        + "'requirements':{'diskBytes':1099511627776}}"));
        assertThat(taken(
                                "createDeployment",
                                "{'name':'a','spec':{'image':'a','memoryBytes':'512MiB'},"
                                        + "'requires':{'memoryBytes':'1024','gpus':{'memoryBytes':'20GiB'}}}")
                        .encode())
                .contains("\"memoryBytes\":536870912", "\"memoryBytes\":1024", "\"memoryBytes\":21474836480");
        assertThat(taken("createSchedule", "{'name':'a','cron':'@daily','job':{'memoryBytes':'1GiB'}}")
                        .getJsonObject("job"))
                .isEqualTo(json("{'memoryBytes':1073741824}"));
    }

    @Test
    void the_data_of_a_step_takes_the_same_as_its_command_says() {
        JsonObject taken = taken(
                "createExecution",
                "{'steps':[{'command':'job.run','data':{'image':'a','memoryBytes':'1GiB','env':{'memoryBytes':'1GiB'}}},"
                        + "{'command':'deployment.create','data':{'spec':{'memoryBytes':'2GiB','gpus':1}},"
                        + "'requires':{'memoryBytes':'3GiB','gpus':2}},"
                        + "{'command':'no.such','data':{'memoryBytes':'4GiB'}}]}");
        assertThat(taken.getJsonArray("steps").encode())
                .isEqualTo(json("{'steps':[{'command':'job.run','data':{'image':'a','memoryBytes':1073741824,"
                                + "'env':{'memoryBytes':'1GiB'}}},"
                                + "{'command':'deployment.create','data':{'spec':{'memoryBytes':2147483648,'gpus':{'count':1}}},"
                                + "'requirements':{'memoryBytes':3221225472,'gpus':{'count':2}}},"
                                + "{'command':'no.such','data':{'memoryBytes':'4GiB'}}]}")
                        .getJsonArray("steps")
                        .encode());
    }

    @Test
    void a_number_of_gpus_is_short_for_their_count() {
        assertThat(taken("createJob", "{'gpus':1}")).isEqualTo(json("{'gpus':{'count':1}}"));
        assertThat(taken("planJob", "{'requirements':{'gpus':3}}"))
                .isEqualTo(json("{'requirements':{'gpus':{'count':3}}}"));
        assertThat(taken("createDeployment", "{'name':'a','spec':{'image':'a','gpus':2},'requires':{'gpus':1}}"))
                .isEqualTo(json(
                        "{'name':'a','spec':{'image':'a','gpus':{'count':2}},'requirements':{'gpus':{'count':1}}}"));
        assertThat(refused("createJob", "{'gpus':-1}").kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refused("createJob", "{'gpus':1.5}").kind).isEqualTo(Failure.Kind.INVALID);
    }

    @Test
    void the_old_word_is_read_as_the_new_one_and_not_beside_it() {
        JsonObject now = json("{'name':'a','spec':{'image':'a'},'requirements':{'zone':'east'}}");
        assertThat(taken("createDeployment", "{'name':'a','spec':{'image':'a'},'requires':{'zone':'east'}}"))
                .isEqualTo(now);
        assertThat(taken("createDeployment", now.encode())).isEqualTo(now);
        assertThat(taken("createExecution", "{'steps':[{'command':'x','requires':{'cpu':1}}]}"))
                .isEqualTo(json("{'steps':[{'command':'x','requirements':{'cpu':1}}]}"));
        Failure twice = refused("createExecution", "{'steps':[{'command':'x','requires':{},'requirements':{}}]}");
        assertThat(twice.kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
        assertThat(twice.errors).extracting(Failure.FieldError::pointer).containsExactly("/steps/0/requires");
    }

    @Test
    void text_that_is_no_size_is_refused_by_its_field() {
        Failure refused = refused("createJob", "{'memoryBytes':'8 apples','requirements':{'diskBytes':'much'}}");
        assertThat(refused.kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
        assertThat(refused.errors)
                .containsExactlyInAnyOrder(
                        new Failure.FieldError(
                                "/memoryBytes", "must be a number of bytes, or a size such as 8GiB or 512MiB"),
                        new Failure.FieldError(
                                "/requirements/diskBytes",
                                "must be a number of bytes, or a size such as 8GiB or 512MiB"));
        assertThat(refused("createJob", "{'memoryBytes':'-8GiB'}").kind).isEqualTo(Failure.Kind.INVALID);
        assertThat(refused("createJob", "{'memoryBytes':true,'requirements':{'diskBytes':'much'}}").errors)
                .extracting(Failure.FieldError::pointer)
                .containsExactlyInAnyOrder("/memoryBytes", "/requirements/diskBytes");
    }

    @Test
    void a_body_without_a_short_form_is_the_very_same() {
        Buffer body = buffer("{ 'image' : 'a', 'env' : { 'memoryBytes' : '8GiB', 'gpus' : '1' } }");
        assertThat(RequestCheck.body(operation("createJob"), body).text()).isSameAs(body);
    }

    /** A new field of this kind must not be forgotten in the contract. */
    @Test
    void the_contract_says_of_every_size_and_count_of_gpus_that_it_may_be_short() {
        var lacks = new ArrayList<String>();
        for (Operation operation : CONTRACT.operations()) {
            JsonNode body = CONTRACT.document()
                    .path("paths")
                    .path(operation.path())
                    .path(operation.method().name().toLowerCase(java.util.Locale.ROOT))
                    .at("/requestBody/content/application~1json/schema");
            lacking(operation.id(), "", body, new HashSet<>(), lacks);
        }
        assertThat(lacks).isEmpty();
    }

    private static void lacking(String at, String name, JsonNode said, Set<String> above, List<String> lacks) {
        String reference = said.path("$ref").asText(null);
        if (reference != null && !above.add(reference)) {
            return;
        }
        JsonNode schema = reference == null ? said : CONTRACT.document().at(reference.substring(1));
        if (name.endsWith("Bytes") && !"#/components/schemas/Size".equals(reference)) {
            lacks.add(at + " is no Size");
        }
        if (name.equals("gpus") && !schema.path("type").toString().contains("integer")) {
            lacks.add(at + " takes no number");
        }
        schema.path("properties")
                .properties()
                .forEach(field -> lacking(at + "/" + field.getKey(), field.getKey(), field.getValue(), above, lacks));
        if (schema.has("items")) {
            lacking(at + "/0", "", schema.path("items"), above, lacks);
        }
        if (reference != null) {
            above.remove(reference);
        }
    }
}
