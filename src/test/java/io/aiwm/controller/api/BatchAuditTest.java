package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.JsonText;
import io.aiwm.controller.audit.AuditLog;
import io.aiwm.controller.auth.ApiKeys;
import io.aiwm.controller.auth.Callers;
import io.aiwm.controller.auth.KeyRequest;
import io.aiwm.controller.auth.KeyScope;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.QuickUsers;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.auth.Teams;
import io.aiwm.controller.auth.Users;
import io.aiwm.controller.batch.BatchFiles;
import io.aiwm.controller.batch.Batches;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.http.AuditTrail;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.inference.limit.InferenceCallers;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.inference.dialect.Dialects;
import io.aiwm.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What callers change at {@code /v1/files} and {@code /v1/batches}, in the audit log. */
@Timeout(60)
class BatchAuditTest {
    private static final String CANARY = "canary-91c2fa";

    @TempDir
    Path folder;

    private FleetUnderTest fleet;
    private LocalObjectStore objects;
    private AuditLog log;
    private volatile boolean full;
    private TestServer server;
    private String key;

    @BeforeEach
    void open() {
        fleet = new FleetUnderTest(
                folder,
                Users.COLLECTION,
                ApiKeys.COLLECTION,
                Teams.COLLECTION,
                Batches.COLLECTION,
                BatchFiles.COLLECTION,
                Executions.COLLECTION,
                IdempotencyKeys.COLLECTION,
                AuditLog.COLLECTION);
        objects = new LocalObjectStore(fleet.vertx, folder.resolve("objects"));
        objects.open().await();
        log = new AuditLog(fleet.vertx, fleet.store, Duration.ofDays(1), fleet.clock, true);
        Users users = QuickUsers.of(fleet.vertx, fleet.store, fleet.clock);
        users.create("ada", "a password of ada", Role.VIEWER).await();
        var keys = new ApiKeys(fleet.store, users, fleet.clock);
        key = key(keys);
        var callers = new InferenceCallers(
                new Callers(fleet.jwt, users, keys), keys, users, new Teams(fleet.store, fleet.clock), fleet.clock);
        server = TestServer.audited(
                List.of(new AuditResource(log)),
                trail(),
                TestServer::login,
                mounts(callers).all());
    }

    private BatchMounts mounts(InferenceCallers callers) {
        var limits = TestSettings.batches().build();
        Placer placer = wish -> Placer.PlacementResult.later("there is no worker");
        var executions = new Executions(
                fleet.store, placer, fleet.clock, TestSettings.executions().build(), true);
        var http = new Config.Http(
                "127.0.0.1", 0, List.of(), List.of(), 100_000, Duration.ofSeconds(2), Duration.ofSeconds(60));
        return new BatchMounts(
                new BatchMounts.Services(
                        new BatchFiles(fleet.store, objects, fleet.clock, limits, true),
                        new Batches(fleet.store, executions, fleet.clock, limits),
                        new IdempotencyKeys(fleet.store, fleet.clock)),
                callers,
                Dialects.all(fleet.clock),
                trail(),
                http);
    }

    private AuditTrail trail() {
        return new AuditTrail() {
            @Override
            public Future<Void> asked(JsonObject what) {
                return full
                        ? Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the audit log cannot be written"))
                        : log.asked(what);
            }

            @Override
            public void ended(JsonObject what) {
                log.ended(what);
            }

            @Override
            public void worked(JsonText what) {
                log.worked(what);
            }
        };
    }

    private static String key(ApiKeys keys) {
        return keys.create(
                        new Principal("ada", Role.VIEWER, "t1", null),
                        new KeyRequest("k", Role.VIEWER, null, KeyScope.INFERENCE, null, null))
                .await()
                .text();
    }

    @AfterEach
    void close() {
        server.close();
        objects.close().await();
        fleet.close();
    }

    private HttpResponse<String> upload(String purpose) {
        String form = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n" + purpose
                + "\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"lines.jsonl\"\r\n\r\n{\"a\":\""
                + CANARY + "\"}\r\n--b--\r\n";
        return server.call("POST", "/v1/files", key, form, "Content-Type", "multipart/form-data; boundary=b");
    }

    private static String id(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body()).getString("id");
    }

    private List<JsonObject> entries(String operation) {
        return await().until(
                        () -> {
                            var answer = server.call("GET", "/api/audit?operation=" + operation, "admin", null);
                            assertThat(answer.body()).doesNotContain(CANARY).doesNotContain(key);
                            return new JsonObject(answer.body())
                                    .getJsonArray("items").stream()
                                            .map(JsonObject.class::cast)
                                            .toList();
                        },
                        found -> found.size() == 2);
    }

    @Test
    void each_change_has_an_entry_before_it_and_one_after_it() {
        String file = id(upload("batch"));
        List<JsonObject> uploaded = entries("uploadFile");
        assertThat(uploaded.get(1).getInteger("status")).isNull();
        assertThat(uploaded.get(1).getString("actor")).isEqualTo("ada");
        assertThat(uploaded.get(1).getString("address")).isEqualTo("127.0.0.1");
        assertThat(uploaded.get(1).getString("apiKey")).isNotBlank();
        assertThat(uploaded.get(0).getInteger("status")).isEqualTo(200);
        assertThat(uploaded.get(0).getString("resource")).isEqualTo("/v1/files/" + file);
        assertThat(uploaded.get(0).getString("requestId"))
                .isEqualTo(uploaded.get(1).getString("requestId"));

        String wanted = new JsonObject()
                .put("input_file_id", file)
                .put("endpoint", "/v1/chat/completions")
                .put("completion_window", "24h")
                .put("metadata", new JsonObject().put("password", CANARY))
                .encode();
        String batch = id(server.call("POST", "/v1/batches", key, wanted));
        assertThat(entries("createBatch").get(0).getString("resource")).isEqualTo("/v1/batches/" + batch);

        assertThat(server.call("DELETE", "/v1/files/" + file, key, null).statusCode())
                .isEqualTo(409);
        assertThat(entries("deleteFile").get(0).getInteger("status")).isEqualTo(409);

        id(server.call("POST", "/v1/batches/" + batch + "/cancel", key, null));
        assertThat(entries("cancelBatch").get(0).getJsonArray("changes").toString())
                .contains("/status")
                .contains("cancel");
    }

    @Test
    void what_is_deleted_is_told_and_what_is_refused_too() {
        assertThat(upload("other").statusCode()).isEqualTo(400);
        assertThat(entries("uploadFile").get(0).getInteger("status")).isEqualTo(400);
        String file = id(upload("batch"));
        id(server.call("DELETE", "/v1/files/" + file, key, null));
        assertThat(entries("deleteFile").get(0).getJsonArray("changes").toString())
                .contains("\"from\":\"lines.jsonl\"");
    }

    @Test
    void without_its_entry_nothing_is_changed() {
        full = true;
        assertThat(upload("batch").statusCode()).isEqualTo(503);
        assertThat(new JsonObject(server.call("GET", "/v1/files", key, null).body()).getJsonArray("data"))
                .isEmpty();
    }
}
