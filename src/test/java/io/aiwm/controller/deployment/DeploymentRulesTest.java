package io.aiwm.controller.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

public class DeploymentRulesTest {

    public static DeploymentRequest request(String json) {
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
                "{'name':'a','replicas':201,'spec':{'image':'a'}} | /replicas",
                "{'name':'a','replicas':-1,'spec':{'image':'a'}} | /replicas",
                "{'name':'a','update':{'drainSeconds':-1},'spec':{'image':'a'}} | /update/drainSeconds",
                "{'name':'a','update':{'drainSeconds':601},'spec':{'image':'a'}} | /update/drainSeconds",
                "{'name':'a','nodeId':'n','requirements':{'cpu':1},'spec':{'image':'a'}} | /requirements",
                "{'name':'a','requirements':{'cpu':-1},'spec':{'image':'a'}} | /requirements/cpu",
                "{'name':'a','requirements':{'labelSelector':'((('},'spec':{'image':'a'}} | /requirements/labelSelector",
                "{'name':'a','model':{},'spec':{'image':'a'}} | /model/url",
                "{'name':'a','model':{'url':'file:///etc/passwd'},'spec':{'image':'a'}} | /model/url",
                "{'name':'a','model':{'url':'https://u:p@h/x'},'spec':{'image':'a'}} | /model/url",
                "{'name':'a','model':{'url':'https://h/x','sha256':'12'},'spec':{'image':'a'}} | /model/sha256",
                "{'name':'a','model':{'url':'https://h/x','name':'m'},'spec':{'image':'a'}} | /model/name",
                "{'name':'a','model':{'url':'https://h/x','version':'1'},'spec':{'image':'a'}} | /model/version",
                "{'name':'a','model':{'name':'m','id':'model_1'},'spec':{'image':'a'}} | /model/id",
                "{'name':'a','model':{'name':'m','sha256':'1'},'spec':{'image':'a'}} | /model/sha256",
                "{'name':'a','engine':{},'model':{'name':'m'}} | /engine/type",
                "{'name':'a','engine':{'type':'llamacpp'}} | /model",
                "{'name':'a','engine':{'type':'custom'}} | /engine/image",
                "{'name':'a','engine':{'type':'custom','image':'A B'}} | /engine/image",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm','context':0}} | /engine/context",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'llamacpp','context':65536,'parallel':65536}}"
                        + " | /engine/context",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm','parallel':0}} | /engine/parallel",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm','batch':0}} | /engine/batch",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm','port':65536}} | /engine/port",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm','gpuLayers':1}} | /engine/gpuLayers",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'tgi','sleepMode':true}} | /engine/sleepMode",
                "{'name':'a','engine':{'type':'custom','image':'a','sleepMode':true}} | /engine/port",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm','sleepGpuMemoryBytes':1}}"
                        + " | /engine/sleepGpuMemoryBytes",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm','sleepMode':true},"
                        + "'spec':{'restartPolicy':'no'}} | /spec/restartPolicy",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'llamacpp','gpuLayers':-1}} | /engine/gpuLayers",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'tgi','flashAttention':true}} | /engine/flashAttention",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'ollama','memoryUtilization':0.5}}"
                        + " | /engine/memoryUtilization",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm','memoryUtilization':1.5}}"
                        + " | /engine/memoryUtilization",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm','cacheType':'q8_0'}} | /engine/cacheType",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'llamacpp','cacheType':'q8_0','flashAttention':false}}"
                        + " | /engine/cacheType",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm','args':['a',null]}} | /engine/args/1",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm'},'spec':{'gpus':{'count':-1}}} | /spec/gpus/count",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm'},'spec':{'gpus':{'count':1025}}} | /spec/gpus/count",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm'},'spec':{'gpus':{'indices':[1,1]}}}"
                        + " | /spec/gpus/indices",
                "{'name':'a','model':{'name':'m'},'engine':{'type':'vllm'},'requirements':{'gpus':{'count':1025}}}"
                        + " | /requirements/gpus/count",
                "{'name':'a','spec':{}} | /spec/image",
                "{'name':'a','spec':{'image':'A B'}} | /spec/image",
                "{'name':'a','spec':{'image':'../x'}} | /spec/image",
                "{'name':'a','spec':{'image':'EVIL/foo:1'}} | /spec/image",
                "{'name':'a','spec':{'image':'Acme/foo'}} | /spec/image",
                "{'name':'a','spec':{'image':'acme/Foo'}} | /spec/image",
                "{'name':'a','spec':{'image':'a:'}} | /spec/image",
                "{'name':'a','spec':{'image':'a','cpu':-1}} | /spec/cpu",
                "{'name':'a','spec':{'image':'a','cpu':0}} | /spec/cpu",
                "{'name':'a','spec':{'image':'a','cpu':0.001}} | /spec/cpu",
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
                "{'name':'a','spec':{'image':'a','volumes':[{'source':'a..b','target':'/x'}]}} | /spec/volumes/0/source",
                "{'name':'a','spec':{'image':'a','volumes':[{'source':'v','target':'/proc'}]}} | /spec/volumes/0/target",
                "{'name':'a','model':{'url':'http://h:99999/m.gguf'},'spec':{'image':'a'}} | /model/url",
                "{'name':'a','model':{'url':'http://h:0/m.gguf'},'spec':{'image':'a'}} | /model/url",
                "{'name':'a','spec':{'image':'a','registryAuth':{'username':'u'}}} | /spec/registryAuth",
                "{'name':'a','spec':{'image':'a','registryAuth':{'username':'u','password':'p','secret':'s'}}}"
                        + " | /spec/registryAuth/secret",
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
                "{'name':'a','spec':{'image':'a','shmBytes':1000}} | /spec/shmBytes",
                "{'name':'a','spec':{'image':'a','shmBytes':2000000000000}} | /spec/shmBytes",
                "{'name':'a','spec':{'image':'a','shmBytes':20000000,'memoryBytes':10000000}} | /spec/shmBytes",
                "{'name':'a','spec':{'image':'a','shmBytes':20000000,'ipc':'none'}} | /spec/shmBytes",
                "{'name':'a','spec':{'image':'a','ulimits':[{'name':'rtprio','soft':99}]}} | /spec/ulimits/0/name",
                "{'name':'a','spec':{'image':'a','ulimits':[{'name':'nofile','soft':1},{'name':'nofile','soft':2}]}} | /spec/ulimits/1/name",
                "{'name':'a','spec':{'image':'a','ulimits':[{'name':'nofile'}]}} | /spec/ulimits/0/soft",
                "{'name':'a','spec':{'image':'a','ulimits':[{'name':'nofile','soft':-1}]}} | /spec/ulimits/0/soft",
                "{'name':'a','spec':{'image':'a','ulimits':[{'name':'nofile','soft':10,'hard':2000000}]}} | /spec/ulimits/0/hard",
                "{'name':'a','spec':{'image':'a','ulimits':[{'name':'stack','soft':-1,'hard':10}]}} | /spec/ulimits/0/soft",
                "{'name':'a','spec':{'image':'a','tmpfs':[{'target':'/'}]}} | /spec/tmpfs/0/target",
                "{'name':'a','spec':{'image':'a','tmpfs':[{'target':'/a/../b'}]}} | /spec/tmpfs/0/target",
                "{'name':'a','spec':{'image':'a','tmpfs':[{'target':'/dev/shm'}]}} | /spec/tmpfs/0/target",
                "{'name':'a','spec':{'image':'a','tmpfs':[{'target':'/a'},{'target':'/a'}]}} | /spec/tmpfs/1/target",
                "{'name':'a','spec':{'image':'a','tmpfs':[{'target':'/a'}],'volumes':[{'source':'v','target':'/a'}]}} | /spec/tmpfs/0/target",
                "{'name':'a','spec':{'image':'a','tmpfs':[{'target':'/a','sizeBytes':0}]}} | /spec/tmpfs/0/sizeBytes",
                "{'name':'a','spec':{'image':'a','tmpfs':[{'target':'/a'}],'memoryBytes':10000000}} | /spec/tmpfs/0/sizeBytes",
                "{'name':'a','spec':{'image':'a','ipc':'container:x'}} | /spec/ipc",
                "{'name':'a','spec':{'image':'a','stopSignal':'SIGSTOP'}} | /spec/stopSignal",
                "{'name':'a','spec':{'image':'a','stopSignal':'9'}} | /spec/stopSignal",
                "{'name':'a','spec':{'image':'a','workDir':'a'}} | /spec/workDir",
                "{'name':'a','spec':{'image':'a','workDir':'/a/../b'}} | /spec/workDir",
                "{'name':'a','spec':{'image':'a','groups':[-1]}} | /spec/groups/0",
                "{'name':'a','spec':{'image':'a','command':['x',null]}} | /spec/command/1",
                "{'name':'a','spec':{'image':'a','probes':{'startup':{}}}} | /spec/probes/startup",
                "{'name':'a','spec':{'image':'a','probes':{'readiness':{'tcp':{'port':1},'http':{'port':1}}}}} | /spec/probes/readiness",
                "{'name':'a','spec':{'image':'a','probes':{'liveness':{'tcp':{'port':0}}}}} | /spec/probes/liveness/tcp/port",
                "{'name':'a','spec':{'image':'a','probes':{'liveness':{'tcp':{}}}}} | /spec/probes/liveness/tcp/port",
                "{'name':'a','spec':{'image':'a','probes':{'readiness':{'http':{'port':70000}}}}} | /spec/probes/readiness/http/port",
                "{'name':'a','spec':{'image':'a','probes':{'readiness':{'http':{'port':1,'path':'x'}}}}} | /spec/probes/readiness/http/path",
                "{'name':'a','spec':{'image':'a','probes':{'readiness':{'http':{'port':1,'path':'/a b'}}}}} | /spec/probes/readiness/http/path",
                "{'name':'a','spec':{'image':'a','probes':{'readiness':{'http':{'port':1,'scheme':'ftp'}}}}} | /spec/probes/readiness/http/scheme",
                "{'name':'a','spec':{'image':'a','probes':{'readiness':{'http':{'port':1,'headers':{'a:b':'x'}}}}}} | /spec/probes/readiness/http/headers/a:b",
                "{'name':'a','spec':{'image':'a','probes':{'readiness':{'http':{'port':1,'headers':{'Connection':'x'}}}}}} | /spec/probes/readiness/http/headers/Connection",
                "{'name':'a','spec':{'image':'a','probes':{'readiness':{'http':{'port':1,'headers':{'Authorization':'Bearer x'}}}}}} | /spec/probes/readiness/http/headers/Authorization",
                "{'name':'a','spec':{'image':'a','probes':{'startup':{'exec':{'command':[]}}}}} | /spec/probes/startup/exec/command",
                "{'name':'a','spec':{'image':'a','probes':{'startup':{'exec':{'command':['a',null]}}}}} | /spec/probes/startup/exec/command/1",
                "{'name':'a','spec':{'image':'a','probes':{'startup':{'exec':{'command':['a']},'periodMs':100}}}} | /spec/probes/startup/periodMs",
                "{'name':'a','spec':{'image':'a','probes':{'startup':{'tcp':{'port':1},'periodMs':0}}}} | /spec/probes/startup/periodMs",
                "{'name':'a','spec':{'image':'a','probes':{'startup':{'tcp':{'port':1},'timeoutMs':60001}}}} | /spec/probes/startup/timeoutMs",
                "{'name':'a','spec':{'image':'a','probes':{'startup':{'tcp':{'port':1},'initialDelayMs':-1}}}} | /spec/probes/startup/initialDelayMs",
                "{'name':'a','spec':{'image':'a','probes':{'startup':{'tcp':{'port':1},'successThreshold':2}}}} | /spec/probes/startup/successThreshold",
                "{'name':'a','spec':{'image':'a','probes':{'liveness':{'tcp':{'port':1},'successThreshold':2}}}} | /spec/probes/liveness/successThreshold",
                "{'name':'a','spec':{'image':'a','probes':{'liveness':{'tcp':{'port':1},'failureThreshold':0}}}} | /spec/probes/liveness/failureThreshold",
                "{'name':'a','spec':{'image':'a','networkMode':'none','probes':{'startup':{'tcp':{'port':1}}}}} | /spec/probes/startup/tcp",
            })
    void each_mistake_names_its_field(String json, String pointer) {
        assertThat(mistakes(json)).containsExactly(pointer);
    }

    @Test
    void what_a_container_may_be_given_is_taken() {
        assertThatCode(() -> DeploymentRules.check(request(
                        "{'name':'a','spec':{'image':'a','memoryBytes':1000000000,'shmBytes':500000000,'init':true,"
                                + "'ulimits':[{'name':'nofile','soft':1024,'hard':1048576},{'name':'memlock','soft':-1}],"
                                + "'tmpfs':[{'target':'/scratch','sizeBytes':1048576}],'ipc':'shareable','stopSignal':'SIGINT',"
                                + "'workDir':'/','groups':[0,4001]}}")))
                .doesNotThrowAnyException();
    }

    @Test
    void all_kinds_of_probes_are_taken() {
        assertThatCode(() -> DeploymentRules.check(request("{'name':'a','spec':{'image':'a','probes':{"
                        + "'startup':{'exec':{'command':['test','-f','/up']},'periodMs':500,'failureThreshold':300},"
                        + "'readiness':{'http':{'path':'/health?full=1','port':8080,'scheme':'https',"
                        + "'headers':{'Host':'llm','Accept':'*/*'}},'successThreshold':2,'timeoutMs':5000},"
                        + "'liveness':{'tcp':{'port':8080},'initialDelayMs':10000}}}}")))
                .doesNotThrowAnyException();
    }

    @Test
    void probes_that_do_not_fit_a_label_are_refused() {
        String word = "x".repeat(4_000);
        String exec = "{'exec':{'command':['" + word + "','" + word + "']}}";
        assertThat(mistakes("{'name':'a','spec':{'image':'a','probes':{'startup':" + exec + ",'readiness':" + exec
                        + ",'liveness':" + exec + "}}}"))
                .containsExactly("/spec/probes");
    }

    @Test
    void command_and_environment_have_one_limit_with_jobs() {
        String word = "x".repeat(130_000);
        String tooLong = "x".repeat(131_000);
        assertThat(mistakes("{'name':'a','spec':{'image':'a','command':['" + tooLong + "'],'env':{'A':'" + tooLong
                        + "'}}}"))
                .containsExactlyInAnyOrder("/spec/command/0", "/spec/env/A");
        String seven = String.join("','", Collections.nCopies(7, word));
        assertThat(mistakes("{'name':'a','spec':{'image':'a','command':['" + seven + "']}}"))
                .containsExactly("/spec/command");
        String variables = IntStream.range(0, 6)
                .mapToObj(i -> "'A" + i + "':'" + word + "'")
                .collect(Collectors.joining(","));
        assertThat(mistakes("{'name':'a','spec':{'image':'a','command':['" + word + "'],'env':{" + variables + "}}}"))
                .containsExactly("/spec/env");
        assertThatCode(() -> DeploymentRules.check(
                        request("{'name':'a','spec':{'image':'a','command':['" + word + "','" + word + "']}}")))
                .doesNotThrowAnyException();
        String labels = IntStream.range(0, 30)
                .mapToObj(i -> "'l" + i + "':'" + "x".repeat(32_000) + "'")
                .collect(Collectors.joining(","));
        assertThat(mistakes("{'name':'a','spec':{'image':'a','labels':{" + labels + "}}}"))
                .containsExactly("/spec");
    }

    @Test
    void all_mistakes_are_told_at_once() {
        assertThat(mistakes("{'name':'','replicas':300,'spec':{'image':'','cpu':-1,'ports':[{'containerPort':-1}]}}"))
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
