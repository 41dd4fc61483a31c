package io.aiwm.controller.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.protocol.Failure;
import io.aiwm.protocol.Json;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeploymentRulesTest {

    static DeploymentRequest request(String json) {
        return Json.decode(new JsonObject(json.replace('\'', '"')), DeploymentRequest.class);
    }

    private static List<String> mistakes(String json) {
        var failure = catchThrowableOfType(Failure.class, () -> DeploymentRules.check(request(json)));
        assertThat(failure).as(json).isNotNull();
        assertThat(failure.kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
        return failure.errors.stream().map(Failure.FieldError::pointer).toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'spec':{'image':'a'}} | /name",
                "{'name':'-a','spec':{'image':'a'}} | /name",
                "{'name':'a'} | /spec",
                "{'name':'a','replicas':2,'spec':{'image':'a'}} | /replicas",
                "{'name':'a','replicas':0,'spec':{'image':'a'}} | /replicas",
                "{'name':'a','nodeId':'n','requirements':{'cpu':1},'spec':{'image':'a'}} | /requirements",
                "{'name':'a','requirements':{'cpu':-1},'spec':{'image':'a'}} | /requirements/cpu",
                "{'name':'a','requirements':{'labelSelector':'((('},'spec':{'image':'a'}} | /requirements/labelSelector",
                "{'name':'a','model':{},'spec':{'image':'a'}} | /model/url",
                "{'name':'a','model':{'url':'file:///etc/passwd'},'spec':{'image':'a'}} | /model/url",
                "{'name':'a','model':{'url':'https://u:p@h/x'},'spec':{'image':'a'}} | /model/url",
                "{'name':'a','model':{'url':'https://h/x','sha256':'12'},'spec':{'image':'a'}} | /model/sha256",
                "{'name':'a','spec':{}} | /spec/image",
                "{'name':'a','spec':{'image':'A B'}} | /spec/image",
                "{'name':'a','spec':{'image':'../x'}} | /spec/image",
                "{'name':'a','spec':{'image':'a:'}} | /spec/image",
                "{'name':'a','spec':{'image':'a','cpu':-1}} | /spec/cpu",
                "{'name':'a','spec':{'image':'a','cpu':0}} | /spec/cpu",
                "{'name':'a','spec':{'image':'a','memoryBytes':-1}} | /spec/memoryBytes",
                "{'name':'a','spec':{'image':'a','memoryBytes':512}} | /spec/memoryBytes",
                "{'name':'a','spec':{'image':'a','env':{'A=B':'x'}}} | /spec/env/A=B",
                "{'name':'a','spec':{'image':'a','env':{'':'x'}}} | /spec/env/",
                "{'name':'a','spec':{'image':'a','labels':{'aiwm.node':'x'}}} | /spec/labels/aiwm.node",
                "{'name':'a','spec':{'image':'a','labels':{'aiwm.io/x':'x'}}} | /spec/labels/aiwm.io~1x",
                "{'name':'a','spec':{'image':'a','ports':[{'containerPort':0}]}} | /spec/ports/0/containerPort",
                "{'name':'a','spec':{'image':'a','ports':[{'containerPort':80,'hostPort':-1}]}} | /spec/ports/0/hostPort",
                "{'name':'a','spec':{'image':'a','ports':[{'containerPort':80,'hostPort':70000}]}} | /spec/ports/0/hostPort",
                "{'name':'a','spec':{'image':'a','ports':[{'containerPort':80,'protocol':'x'}]}} | /spec/ports/0/protocol",
                "{'name':'a','spec':{'image':'a','ports':[{'containerPort':80,'hostIp':'h'}]}} | /spec/ports/0/hostIp",
                "{'name':'a','spec':{'image':'a','ports':[{'containerPort':1,'hostPort':9},{'containerPort':2,'hostPort':9}]}} | /spec/ports/1/hostPort",
                "{'name':'a','spec':{'image':'a','volumes':[{'target':'/x'}]}} | /spec/volumes/0/source",
                "{'name':'a','spec':{'image':'a','volumes':[{'source':'/a/../b','target':'/x'}]}} | /spec/volumes/0/source",
                "{'name':'a','spec':{'image':'a','volumes':[{'source':'v','target':'x'}]}} | /spec/volumes/0/target",
                "{'name':'a','spec':{'image':'a','volumes':[{'source':'v','target':'/'}]}} | /spec/volumes/0/target",
                "{'name':'a','spec':{'image':'a','volumes':[{'source':'v','target':'/x:ro'}]}} | /spec/volumes/0/target",
                "{'name':'a','spec':{'image':'a','gpus':{'count':-1}}} | /spec/gpus/count",
                "{'name':'a','spec':{'image':'a','gpus':{'indices':[0,0]}}} | /spec/gpus/indices",
                "{'name':'a','spec':{'image':'a','gpus':{'count':2,'indices':[0]}}} | /spec/gpus/count",
                "{'name':'a','spec':{'image':'a','healthCheck':{}}} | /spec/healthCheck/command",
                "{'name':'a','spec':{'image':'a','healthCheck':{'command':['x'],'retries':0}}} | /spec/healthCheck/retries",
                "{'name':'a','spec':{'image':'a','restartPolicy':'often'}} | /spec/restartPolicy",
                "{'name':'a','spec':{'image':'a','restartMaxRetries':3}} | /spec/restartMaxRetries",
                "{'name':'a','spec':{'image':'a','pullPolicy':'x'}} | /spec/pullPolicy",
                "{'name':'a','spec':{'image':'a','networkMode':'container:x'}} | /spec/networkMode",
                "{'name':'a','spec':{'image':'a','pidMode':'container:x'}} | /spec/pidMode",
                "{'name':'a','spec':{'image':'a','runtime':'../runc'}} | /spec/runtime",
                "{'name':'a','spec':{'image':'a','registryAuth':{'username':'u'}}} | /spec/registryAuth",
                "{'name':'a','spec':{'image':'a','pidsLimit':-5}} | /spec/pidsLimit",
            })
    void each_mistake_names_its_field(String json, String pointer) {
        assertThat(mistakes(json)).containsExactly(pointer);
    }

    @Test
    void all_mistakes_are_told_at_once() {
        assertThat(mistakes("{'name':'','replicas':3,'spec':{'image':'','cpu':-1,'ports':[{'containerPort':-1}]}}"))
                .containsExactlyInAnyOrder(
                        "/name", "/replicas", "/spec/image", "/spec/cpu", "/spec/ports/0/containerPort");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "a:1",
                "library/a",
                "localhost:5000/x/y_z:v1.2",
                "ghcr.io/acme/llm-server__x:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "127.0.0.1:1/x"
            })
    void image_references_are_taken(String image) {
        assertThatCode(() -> DeploymentRules.check(request("{'name':'a','spec':{'image':'" + image + "'}}")))
                .doesNotThrowAnyException();
    }

    @Test
    void a_long_hostile_image_is_refused_at_once() {
        String image = "a" + "-".repeat(400) + "!";
        assertThat(mistakes("{'name':'a','spec':{'image':'" + image + "'}}")).containsExactly("/spec/image");
    }
}
