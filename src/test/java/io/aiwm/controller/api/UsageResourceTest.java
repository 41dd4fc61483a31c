package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.cli.Cli;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.http.TokenCheck;
import io.aiwm.controller.inference.usage.UsageRecords;
import io.aiwm.controller.inference.usage.UsageReport;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.inference.usage.CallUsageBuilder;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Usage over REST. */
@Timeout(60)
class UsageResourceTest {
    @TempDir
    Path folder;

    private FleetUnderTest fleet;
    private TestServer server;
    /** When the users were made who call. */
    private final AtomicReference<Instant> since = new AtomicReference<>(Instant.EPOCH);

    @BeforeEach
    void open() {
        fleet = new FleetUnderTest(folder, UsageRecords.COLLECTION);
        var records = new UsageRecords(fleet.store, fleet.clock, Duration.ofDays(400));
        server = new TestServer(
                List.of(new UsageResource(
                        new UsageReport(records),
                        new CallerIdentity(name -> Future.succeededFuture(since.get())),
                        fleet.clock)),
                TokenCheck.of(token -> new Principal(
                        token,
                        token.equals("root") ? Role.ADMIN : Role.VIEWER,
                        "t",
                        Instant.now().plusSeconds(600))));
        Instant now = fleet.clock.instant().minus(Duration.ofHours(2));
        TestServer.await(
                records.count("g", 1, List.of(call("ada", "=evil", now), call("bob", "tiny", now)), call -> {}));
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private static CallUsage call(String user, String model, Instant at) {
        return CallUsageBuilder.builder()
                .at(at)
                .user(user)
                .model(model)
                .endpointId("end_1")
                .status(200)
                .promptTokens(7)
                .completionTokens(3)
                .build();
    }

    private HttpResponse<String> get(int status, String who, String query, String... headers) {
        HttpResponse<String> answer = server.call("GET", "/api/usage" + query, who, null, headers);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return answer;
    }

    private int cli(ByteArrayOutputStream out, String... arguments) {
        var environment = Map.of(
                "AIWM_ADDR",
                "http://127.0.0.1:" + server.port,
                "AIWM_TOKEN",
                "root",
                "AIWM_DATA_DIR",
                folder.toString());
        var print = new PrintStream(out, true, StandardCharsets.UTF_8);
        return new Cli(environment, (loaded, verticles) -> {}, print, print).execute(arguments);
    }

    @Test
    void the_command_line_shows_it_as_a_table_and_as_csv() {
        var table = new ByteArrayOutputStream();
        assertThat(cli(table, "usage", "--by", "user,model")).isZero();
        assertThat(table.toString(StandardCharsets.UTF_8))
                .containsPattern("(?m)^USER +MODEL +CALLS +ERRORS +PROMPT-TOKENS +ANSWER-TOKENS +TOKENS$")
                .containsPattern("(?m)^bob +tiny +1 +0 +7 +3 +10$");
        var csv = new ByteArrayOutputStream();
        String today =
                fleet.clock.instant().minus(Duration.ofDays(1)).toString().substring(0, 10);
        assertThat(cli(csv, "usage", "--csv", "--by=user", "--from", today)).isZero();
        assertThat(csv.toString(StandardCharsets.UTF_8).lines()).anyMatch(line -> line.startsWith("bob,1,0,7,3,10"));
        var before = new ByteArrayOutputStream();
        assertThat(cli(before, "usage", "-o", "json", "--from", "2020-01-01", "--to", "2020-02-01T00:00:00Z"))
                .isZero();
        assertThat(new JsonObject(before.toString(StandardCharsets.UTF_8)).getJsonArray("items"))
                .isEmpty();
        for (String[] wrong : new String[][] {{"--by", "color"}, {"--from", "yesterday"}, {"--to", "2026-13-01"}}) {
            var said = new ByteArrayOutputStream();
            assertThat(cli(said, "usage", wrong[0], wrong[1])).isEqualTo(2);
            assertThat(said.toString(StandardCharsets.UTF_8)).contains(wrong[0]);
        }
    }

    @Test
    void a_later_user_of_the_same_name_sees_nothing_of_the_earlier_one() {
        since.set(fleet.clock.instant());
        var own = new JsonObject(get(200, "ada", "?groupBy=user").body());
        assertThat(own.getJsonArray("items")).isEmpty();
        assertThat(own.getJsonObject("total").getLong("calls")).isZero();
        String before = since.get().minus(Duration.ofHours(1)).toString();
        assertThat(new JsonObject(get(200, "ada", "?to=" + before).body())
                        .getJsonObject("total")
                        .getLong("calls"))
                .isZero();
    }

    @Test
    void an_administrator_sees_all_and_others_their_own() {
        var all = new JsonObject(get(200, "root", "?groupBy=user,model").body());
        assertThat(all.getJsonArray("items")).hasSize(2);
        assertThat(all.getJsonObject("total").getLong("totalTokens")).isEqualTo(20);
        var own = new JsonObject(get(200, "ada", "?groupBy=user").body());
        assertThat(own.getJsonArray("items").encode()).contains("ada").doesNotContain("bob");
        get(403, "ada", "?user=bob");
        assertThat(new JsonObject(get(200, "root", "?user=bob").body())
                        .getJsonObject("total")
                        .getLong("calls"))
                .isEqualTo(1);
        get(400, "ada", "?groupBy=password");
        get(400, "ada", "?from=yesterday");
        get(400, "ada", "?from=2020-01-01T00:00:00Z");
    }

    @Test
    void csv_is_told_by_format_or_accept_and_holds_no_formula() {
        String head = "model,calls,errors,promptTokens,completionTokens,totalTokens,queueMillis,durationMillis";
        String expected = String.join("\r\n", head, "'=evil,1,0,7,3,10,0,0", "");
        HttpResponse<String> answer = get(200, "ada", "?groupBy=model&format=csv");
        assertThat(answer.body()).isEqualTo(expected);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/csv; charset=utf-8");
        assertThat(get(200, "ada", "?groupBy=model", "Accept", "text/csv").body())
                .isEqualTo(expected);
    }
}
