package io.aiwm.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;

/** A worker that runs plain processes, and executions and jobs that are made over REST for it, behind a page that is shown. */
public final class PageWork implements AutoCloseable {
    private static final String NODE = "gpu-001";

    private final ShownPage page;
    private final AiwmProcess worker;
    private AiwmClient client;

    /** @param folder of the worker */
    public PageWork(ShownPage page, Path folder) {
        this.page = page;
        this.client = page.client();
        this.worker = AiwmProcess.of("worker", folder)
                .with("NODE_ID", NODE)
                .with("NODE_TOKEN", client.nodeToken(NODE))
                .with("CONTROLLER_WS_URL", "ws://127.0.0.1:" + page.controller().port() + "/ws/node")
                .with("AIWM_WORKER_PROCESS_ENABLED", true)
                .startAndWait();
    }

    /** Kills the controller and starts it again. */
    public void restartController() {
        page.controller().kill9();
        page.controller().startAndWait();
        client = page.client();
    }

    public AiwmClient client() {
        return client;
    }

    public static JsonObject words(String script) {
        return new JsonObject().put("command", new JsonArray(List.of("sh", "-c", script)));
    }

    public static JsonObject step(String name, String script, Integer... after) {
        return new JsonObject()
                .put("name", name)
                .put("command", "job.run")
                .put("data", words(script).put("runtime", "process"))
                .put("requirements", new JsonObject().put("runtime", "process"))
                .put("dependsOn", new JsonArray(List.of(after)));
    }

    /** @param start whether it begins at once. @return its id */
    public String execution(String name, boolean start, JsonArray steps) {
        var wanted = new JsonObject().put("name", name).put("start", start).put("steps", steps);
        return client.expect(201, client.post("/api/executions", wanted)).getString("id");
    }

    /** @param more than its name and that it is a process. @return its id */
    public String job(String name, JsonObject more) {
        var wanted = new JsonObject()
                .put("name", name)
                .put("requirements", new JsonObject().put("runtime", "process"))
                .mergeIn(more);
        return client.expect(201, client.post("/api/jobs", wanted)).getString("id");
    }

    public JsonObject at(String path) {
        return client.expect(200, client.get(path));
    }

    public String statusOf(String path) {
        return at(path).getString("status");
    }

    public JsonArray items(String path) {
        return at(path).getJsonArray("items");
    }

    @Override
    public void close() {
        worker.close();
    }
}
