package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Sha256;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.model.ModelServices;
import io.aiwm.controller.model.ModelUsers;
import io.aiwm.protocol.TransferProgress;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Models over REST, over real stores. */
@Timeout(60)
class ModelResourceTest extends ModelApiRig {
    private Future<TransferProgress> progress = Future.succeededFuture(null);

    @BeforeEach
    void begin() {
        open();
        var services = new ModelServices(
                vertx,
                store,
                objects,
                InstantSource.system(),
                new Config.Models(1_000, 0, 0, URI.create("https://hub.example"), null, List.of(), Duration.ofDays(1)),
                true,
                ModelUsers.NOBODY);
        server = new TestServer(List.of(
                new ModelResource(
                        services.models(), new IdempotencyKeys(store, InstantSource.system()), version -> progress),
                new ModelUploadResource(services.models(), services.content())));
    }

    private static List<String> pointers(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isIn(400, 409, 422);
        return new JsonObject(answer.body())
                .getJsonArray("errors", new JsonArray()).stream()
                        .map(error -> ((JsonObject) error).getString("pointer"))
                        .toList();
    }

    @Test
    void a_model_is_made_shown_replaced_and_deleted() {
        JsonObject made =
                json(call("POST", "/api/models", "{'name':'org/tiny','task':'embedding','tags':['de']}"), 201);
        String path = "/api/models/" + made.getString("id");
        assertThat(json(call("GET", path, null), 200)).isEqualTo(made);
        assertThat(call("GET", path, null).body()).doesNotContain("searchText", "phase", "deleting");
        assertThat(pointers(call("POST", "/api/models", "{'name':'org/tiny'}"))).containsExactly("/name");
        assertThat(call("PUT", path, "{'name':'tiny'}", "If-Match", "\"9\"").statusCode())
                .isEqualTo(412);
        assertThat(json(call("PUT", path, "{'name':'tiny','license':'mit'}", "If-Match", "\"1\""), 200)
                        .getString("license"))
                .isEqualTo("mit");
        assertThat(json(call("GET", "/api/models/tiny", null), 200).getString("task"))
                .isEqualTo("other");
        assertThat(json(call("GET", "/api/models?text=TIN&task=other", null), 200)
                        .getInteger("totalSize"))
                .isEqualTo(1);
        assertThat(json(call("GET", "/api/models/counts", null), 200).getJsonObject("counts"))
                .isEqualTo(new JsonObject().put("other", 1));
        assertThat(call("DELETE", path, null).statusCode()).isEqualTo(204);
        assertThat(call("GET", path, null).statusCode()).isEqualTo(404);
    }

    @Test
    void a_file_is_uploaded_in_one_request_and_named_by_an_alias() {
        String sha256 = Sha256.hex("weights");
        JsonObject version =
                json(upload("name=tiny&task=text-generation&path=tiny.gguf&sha256=" + sha256, "weights"), 201);
        assertThat(version.getString("state")).isEqualTo("READY");
        assertThat(version.getJsonArray("files").getJsonObject(0).getString("sha256"))
                .isEqualTo(sha256);
        json(call("PUT", "/api/models/tiny/aliases/stable", "{'version':1}"), 200);
        assertThat(json(call("GET", "/api/models/tiny/versions/stable", null), 200)
                        .getInteger("number"))
                .isEqualTo(1);
        assertThat(json(call("GET", "/api/models/tiny/versions", null), 200)
                        .getJsonArray("items")
                        .getJsonObject(0)
                        .containsKey("files"))
                .isFalse();
        assertThat(pointers(call("DELETE", "/api/models/tiny/versions/1", null)))
                .containsExactly("query:force");
        assertThat(call("DELETE", "/api/models/tiny/aliases/stable", null).statusCode())
                .isEqualTo(204);
        assertThat(call("DELETE", "/api/models/tiny/versions/1", null).statusCode())
                .isEqualTo(204);
        assertThat(json(call("GET", "/api/models/tiny", null), 200).containsKey("newest"))
                .isFalse();
    }

    @Test
    void several_files_are_uploaded_one_by_one_and_committed() {
        JsonObject first = json(upload("name=two&path=config.json&complete=false", "{}"), 201);
        assertThat(first.getString("state")).isEqualTo("UPLOADING");
        json(upload("model=two&version=1&path=a.safetensors&complete=false", "weights"), 201);
        JsonObject ready = json(call("POST", "/api/models/two/versions/1/commit", null), 200);
        assertThat(ready.getString("state")).isEqualTo("READY");
        assertThat(ready.getString("format")).isEqualTo("safetensors");
        assertThat(ready.getInteger("fileCount")).isEqualTo(2);
        json(call("POST", "/api/models/two/versions/1/commit", null), 200);
        assertThat(upload("model=two&version=1&path=b&complete=false", "late").statusCode())
                .isEqualTo(409);
    }

    @Test
    void a_version_shows_how_far_its_download_is_and_never_as_unchanged() {
        json(upload("name=tiny&path=a.gguf", "weights"), 201);
        String tag = call("GET", "/api/models/tiny/versions/1", null)
                .headers()
                .firstValue("ETag")
                .orElseThrow();
        assertThat(call("GET", "/api/models/tiny/versions/1", null, "If-None-Match", tag)
                        .statusCode())
                .isEqualTo(304);
        progress =
                Future.succeededFuture(TransferProgress.of(50, 150, 20, new TransferProgress.File("a.gguf", 30, 130L)));
        assertThat(json(call("GET", "/api/models/tiny/versions/1", null, "If-None-Match", tag), 200)
                        .getJsonObject("transfer"))
                .isEqualTo(new JsonObject("""
                    {"bytesDone":50,"bytesTotal":150,"bytesPerSecond":20,"secondsLeft":5,
                     "file":{"path":"a.gguf","bytesDone":30,"bytesTotal":130}}\
                    """));
    }

    @Test
    void mistakes_are_named_and_leave_nothing() {
        assertThat(pointers(call("POST", "/api/models", "{'name':'../x','task':'fly','tags':['a b'],'nope':1}")))
                .containsExactlyInAnyOrder("/name", "/task", "/tags/0", "/nope");
        for (String name : List.of("", "a/b/c", "/a", "a/", "a\\u0000b", "upload", "model_1", "x".repeat(200), "ä")) {
            assertThat(pointers(call("POST", "/api/models", "{'name':'" + name + "'}")))
                    .as(name)
                    .contains("/name");
        }
        assertThat(pointers(upload("name=tiny&path=../etc/passwd", "x"))).containsExactly("query:path");
        assertThat(pointers(upload("name=tiny&path=a%00b", "x"))).containsExactly("query:path");
        assertThat(pointers(upload("name=tiny", "x"))).containsExactly("query:path");
        assertThat(pointers(upload("path=a", "x"))).containsExactly("query:model");
        assertThat(pointers(upload("name=tiny&path=a&sha256=12", "x"))).containsExactly("query:sha256");
        assertThat(pointers(upload("name=tiny&path=a&sha256=" + "0".repeat(64), "x")))
                .containsExactly("query:sha256");
        assertThat(upload("name=tiny&path=a", "x".repeat(1_001)).statusCode()).isEqualTo(413);
        assertThat(upload("model=nobody&path=a", "x").statusCode()).isEqualTo(404);
        assertThat(call("GET", "/api/models/tiny", null).statusCode()).isEqualTo(404);
        // one that somebody has made stays
        json(call("POST", "/api/models", "{'name':'tiny'}"), 201);
        assertThat(pointers(upload("name=tiny&path=a&sha256=" + "0".repeat(64), "x")))
                .containsExactly("query:sha256");
        assertThat(json(call("GET", "/api/models/tiny/versions", null), 200).getJsonArray("items"))
                .isEmpty();
        assertThat(pointers(call("PUT", "/api/models/tiny/aliases/latest", "{'version':1}")))
                .containsExactly("path:alias");
        assertThat(pointers(call("PUT", "/api/models/tiny/aliases/a", "{'version':7}")))
                .containsExactly("/version");
        assertThat(server.call("POST", "/api/models", "viewer", "{\"name\":\"a\"}")
                        .statusCode())
                .isEqualTo(403);
    }
}
