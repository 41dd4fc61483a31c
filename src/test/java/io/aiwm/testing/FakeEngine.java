package io.aiwm.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Deployments whose containers answer chat completions after a time that the call names, and callers of them. */
public final class FakeEngine {
    /** Of its container. */
    private static final int PORT = 8_080;

    /** Answers after as many milliseconds as {@code max_tokens} says, and ends when it is told. */
    private static final String SERVER =
            "require('http').createServer((q,s)=>{let b='';q.on('data',d=>b+=d);q.on('end',()=>{"
                    + "let m=0;try{m=JSON.parse(b).max_tokens||0}catch(e){}setTimeout(()=>{"
                    + "s.setHeader('content-type','application/json');s.end(JSON.stringify({id:'x',"
                    + "object:'chat.completion',choices:[{index:0,finish_reason:'stop',message:"
                    + "{role:'assistant',content:process.env.SAYS}}],"
                    + "usage:{prompt_tokens:1,completion_tokens:1,total_tokens:2}}))},m)})}).listen(" + PORT + ");"
                    + "process.on('SIGTERM',()=>process.exit(0))";

    private static final Duration ANSWER_WITHIN = Duration.ofMinutes(3);

    private final HttpClient http = HttpClient.newHttpClient();
    private final AiwmClient api;

    public FakeEngine(AiwmClient api) {
        this.api = api;
    }

    /** A body; it says its name. @param parallel calls that a replica answers at once */
    public static JsonObject deployment(String name, int parallel, JsonObject autoscale) {
        var probe = new JsonObject()
                .put("http", new JsonObject().put("port", PORT).put("path", "/"))
                .put("periodMs", 200);
        return new JsonObject()
                .put("name", name)
                .put("replicas", 0)
                .put("autoscale", autoscale)
                .put(
                        "engine",
                        new JsonObject().put("type", "custom").put("port", PORT).put("parallel", parallel))
                .put(
                        "spec",
                        new JsonObject()
                                .put("image", LlamaImage.tag())
                                .put("pullPolicy", "never")
                                .put("entrypoint", new JsonArray().add("/usr/bin/node"))
                                .put("command", new JsonArray().add("-e").add(SERVER))
                                .put("env", new JsonObject().put("SAYS", name))
                                .put("probes", new JsonObject().put("readiness", probe)));
    }

    /** Calls it; the answer comes after {@code millis}. */
    public CompletableFuture<HttpResponse<String>> call(String model, int millis) {
        String body = new JsonObject()
                .put("model", model)
                .put("max_tokens", millis)
                .put(
                        "messages",
                        new JsonArray().add(new JsonObject().put("role", "user").put("content", "Hi")))
                .encode();
        return http.sendAsync(
                HttpRequest.newBuilder(URI.create(api.url("/v1/chat/completions")))
                        .version(HttpClient.Version.HTTP_1_1)
                        .timeout(ANSWER_WITHIN)
                        .header("Authorization", "Bearer " + api.token())
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** What it said; fails where it was not answered. */
    public static String said(HttpResponse<String> answer) {
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
        return new JsonObject(answer.body())
                .getJsonArray("choices")
                .getJsonObject(0)
                .getJsonObject("message")
                .getString("content");
    }
}
