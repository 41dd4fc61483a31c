package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.JsonText;
import io.aiwm.controller.http.AuditTrail;
import io.aiwm.controller.http.TestServer;
import io.aiwm.testing.ShellClient;
import io.vertx.core.Future;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who was refused a shell, in the audit trail. */
@Timeout(60)
class ShellAuditTest {
    private static final String PATH = "/api/deployments/dep_1/replicas/0/shell";

    private final List<JsonObject> told = new CopyOnWriteArrayList<>();
    private final AtomicLong nanos = new AtomicLong();
    private final ShellAudit audit = new ShellAudit(
            new AuditTrail() {
                @Override
                public Future<Void> asked(JsonObject what) {
                    return Future.failedFuture("nothing is opened here");
                }

                @Override
                public void ended(JsonObject what) {
                    told.add(what);
                }

                @Override
                public void worked(JsonText what) {}
            },
            nanos::get);
    // a controller on which shells are switched off
    private final TestServer server =
            TestServer.withSockets(List.of(), door -> List.of(ShellSocket.mount(null, null, audit, door)));

    @AfterEach
    void close() {
        server.close();
    }

    private int closeCode(String role) {
        try (var shell = new ShellClient(server.vertx, "http://127.0.0.1:" + server.port + PATH, role, null)) {
            shell.ended();
            return shell.closeCode();
        }
    }

    @Test
    void a_refused_shell_is_told_with_who_asked_where_and_why() {
        assertThat(closeCode("operator")).isEqualTo(4403);
        assertThat(told).singleElement().satisfies(entry -> {
            assertThat(entry.getString("requestId")).isNotEmpty();
            assertThat(entry.copy().put("requestId", ""))
                    .isEqualTo(new JsonObject()
                            .put("actor", "operator")
                            .put("operation", "openShell")
                            .put("path", PATH)
                            .put("address", "127.0.0.1")
                            .put("requestId", "")
                            .put("status", 403)
                            .put("reason", "shells are switched off (deployments.shells.enabled)"));
        });
    }

    @Test
    void who_may_not_open_any_is_told_too() {
        assertThatThrownBy(() -> closeCode("viewer")).isInstanceOf(UpgradeRejectedException.class);
        assertThat(told).singleElement().satisfies(entry -> {
            assertThat(entry.getString("actor")).isEqualTo("viewer");
            assertThat(entry.getInteger("status")).isEqualTo(403);
            assertThat(entry.getString("reason")).isEqualTo("a shell needs the role operator");
        });
    }

    @Test
    void a_flood_is_counted() {
        for (int i = 0; i < ShellAudit.MOST_REFUSED + 3; i++) {
            assertThat(closeCode("operator")).isEqualTo(4403);
        }
        assertThat(told).hasSize(ShellAudit.MOST_REFUSED);
        audit.run();
        assertThat(told).hasSize(ShellAudit.MOST_REFUSED + 1);
        JsonObject counted = told.get(ShellAudit.MOST_REFUSED);
        assertThat(counted.getInteger("status")).isEqualTo(403);
        assertThat(counted.getLong("count")).isEqualTo(3);
        assertThat(counted.getJsonArray("addresses")).containsExactly("127.0.0.1");
        audit.run();
        assertThat(told).hasSize(ShellAudit.MOST_REFUSED + 1);
        // another one has its turn when a part of an hour has passed
        nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        assertThat(closeCode("operator")).isEqualTo(4403);
        assertThat(told).hasSize(ShellAudit.MOST_REFUSED + 2);
    }
}
