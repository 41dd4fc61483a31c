package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Secrets;
import io.aiwm.controller.auth.ApiKeys;
import io.aiwm.controller.auth.Callers;
import io.aiwm.controller.auth.JwtTokens;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.auth.Teams;
import io.aiwm.controller.auth.Users;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.inference.limit.InferenceCallers;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.inference.Caller;
import io.aiwm.inference.limit.KeyLimits;
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

/** Keys with limits and teams over REST, and the caller that the gateway makes of them. */
@Timeout(60)
class TeamResourceTest {
    @TempDir
    Path folder;

    private FleetUnderTest fleet;
    private TestServer server;
    private InferenceCallers callers;
    private String admin;
    private String ada;

    @BeforeEach
    void open() {
        fleet = new FleetUnderTest(folder, Users.COLLECTION, ApiKeys.COLLECTION, Teams.COLLECTION);
        var jwt = new JwtTokens(
                fleet.vertx, new Secrets("0123456789abcdef0123456789abcdef", null, null, null), fleet.clock);
        var users = new Users(fleet.vertx, fleet.store, fleet.clock);
        var keys = new ApiKeys(fleet.store, users, fleet.clock);
        var teams = new Teams(fleet.store, fleet.clock);
        var all = new Callers(jwt, users, keys);
        callers = new InferenceCallers(all, keys, users, teams, fleet.clock);
        server = new TestServer(
                List.of(new UserResource(users), new ApiKeyResource(keys), new TeamResource(teams)),
                new CallerCheck(all));
        admin = jwt.issueUser(TestServer.await(users.create("root", "root password", Role.ADMIN)), Duration.ofHours(1))
                .token();
        ada = jwt.issueUser(TestServer.await(users.create("ada", "her password", Role.OPERATOR)), Duration.ofHours(1))
                .token();
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private JsonObject call(int status, String method, String path, String token, String body) {
        HttpResponse<String> answer = server.call(method, path, token, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return answer.body().isEmpty() ? null : new JsonObject(answer.body());
    }

    private Caller caller(JsonObject key) {
        return TestServer.await(callers.verify(key.getString("key")));
    }

    @Test
    void a_key_for_inference_calls_models_with_its_limits_and_opens_nothing_else() {
        var key = call(
                201,
                "POST",
                "/api/api-keys",
                ada,
                "{\"name\":\"chat\",\"role\":\"OPERATOR\",\"scope\":\"inference\","
                        + "\"limits\":{\"models\":[\"tiny*\"],\"budget\":{\"tokens\":100,\"period\":\"MONTH\"}}}");
        assertThat(key.getString("scope")).isEqualTo("inference");
        assertThat(key.getJsonObject("limits").fieldNames()).containsExactlyInAnyOrder("models", "budget");
        String text = key.getString("key");
        assertThat(call(403, "GET", "/api/api-keys", text, null).getString("detail"))
                .contains("/v1")
                .doesNotContain(text);
        Caller caller = caller(key);
        assertThat(caller.keyId()).isEqualTo(key.getString("id"));
        assertThat(caller.user()).isEqualTo("ada");
        assertThat(caller.limits().allows("tiny-2")).isTrue();
        assertThat(caller.limits().allows("large")).isFalse();
        assertThat(caller.limits().budget().tokens()).isEqualTo(100);

        String limits = "/api/api-keys/" + key.getString("id") + "/limits";
        call(403, "PUT", limits, ada, "{}");
        call(400, "PUT", limits, admin, "{\"concurrent\":-1}");
        call(404, "PUT", "/api/api-keys/key_nobody/limits", admin, "{}");
        call(200, "PUT", limits, admin, "{\"concurrent\":3}");
        assertThat(caller(key).limits()).isEqualTo(new KeyLimits(null, null, null, 3, null, null));
        call(403, "POST", "/api/api-keys", ada, "{\"name\":\"x\",\"role\":\"VIEWER\",\"team\":\"rich\"}");
    }

    @Test
    void nobody_gives_a_key_of_his_own_more_than_an_administrator_has_left() {
        String path = "/api/api-keys";
        String chat = "{\"name\":\"chat\",\"role\":\"VIEWER\",\"limits\":%s}";
        call(403, "POST", path, ada, chat.formatted("{\"priority\":1}"));
        call(201, "POST", path, admin, chat.formatted("{\"priority\":1}"));
        call(201, "POST", path, ada, chat.formatted("{\"requestsPerMinute\":90}"));
        var key = call(201, "POST", path, ada, chat.formatted("{\"priority\":-1}"));
        call(
                200,
                "PUT",
                path + "/" + key.getString("id") + "/limits",
                admin,
                "{\"models\":[\"tiny*\"],\"concurrent\":3,\"budget\":{\"tokens\":3100,\"period\":\"MONTH\"}}");
        String good = "{\"models\":[\"tiny-2\"],\"concurrent\":3,\"budget\":{\"tokens\":100,\"period\":\"DAY\"}}";
        call(201, "POST", path, ada, chat.formatted(good));
        for (String looser : List.of(
                "{}",
                good.replace("tiny-2", "*"),
                good.replace("tiny-2", "large"),
                good.replace(":3,", ":4,"),
                good.replace(":100,", ":101,"))) {
            assertThat(call(403, "POST", path, ada, chat.formatted(looser)).getString("detail"))
                    .as(looser)
                    .contains("/limits/")
                    .contains(key.getString("id"));
        }
        call(201, "POST", path, admin, chat.formatted("{}"));
    }

    @Test
    void a_team_has_limits_for_all_its_users_and_keys_which_the_gateway_is_told() {
        var key = call(201, "POST", "/api/api-keys", ada, "{\"name\":\"chat\",\"role\":\"VIEWER\"}");
        assertThat(caller(key).team()).isNull();
        call(403, "PUT", "/api/teams/blue", ada, "{}");
        call(400, "PUT", "/api/teams/blue", admin, "{\"limits\":{\"budget\":{\"tokens\":1}}}");
        call(201, "PUT", "/api/teams/blue", admin, "{\"description\":\"b\",\"limits\":{\"concurrent\":5}}");
        call(200, "PATCH", "/api/users/ada", admin, "{\"team\":\"blue\"}");
        assertThat(caller(key).team()).isEqualTo("blue");
        assertThat(caller(key).teamLimits().concurrent()).isEqualTo(5);
        assertThat(TestServer.await(callers.verify(ada)).teamLimits().concurrent())
                .as("her token has not ended")
                .isEqualTo(5);
        assertThat(TestServer.await(callers.teams())).hasSize(1);
        assertThat(TestServer.await(callers.keys()).get(0).team()).isEqualTo("blue");

        call(200, "PUT", "/api/teams/blue", admin, "{\"limits\":{\"concurrent\":6}}");
        assertThat(caller(key).teamLimits().concurrent()).isEqualTo(6);
        assertThat(call(200, "GET", "/api/teams", ada, null).getInteger("totalSize"))
                .isEqualTo(1);
        call(204, "DELETE", "/api/teams/blue", admin, null);
        assertThat(caller(key).teamLimits()).isEqualTo(KeyLimits.NONE);
        call(404, "GET", "/api/teams/blue", admin, null);
        call(200, "PATCH", "/api/users/ada", admin, "{\"disabled\":true}");
        assertThat(TestServer.await(callers.keys())).isEmpty();
    }
}
