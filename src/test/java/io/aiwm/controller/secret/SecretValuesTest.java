package io.aiwm.controller.secret;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class SecretValuesTest {
    private static final JsonObject STORED = json("{'image':'ghcr.io/a/b:1','env':{'API_TOKEN':'t0p','MODE':'a'},"
            + "'registryAuth':{'registry':'ghcr.io','username':'u','password':'p4ss'}}");

    private static JsonObject json(String text) {
        return new JsonObject(text.replace('\'', '"'));
    }

    private static JsonObject env(JsonObject shown) {
        return shown.getJsonObject("env");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GITHUB_PAT",
                "MYSQL_PWD",
                "JWT",
                "CONNECTION_STRING",
                "HF_TOKEN",
                "DB_PASSWORD",
                "apiKey",
                "signingKey",
                "PRIVATE_PEM_KEY_2",
                "SENTRY_DSN",
                "AZURE_SAS",
                "X-Amz-Signature",
                "DBPASS",
                "PGPASS",
                "DBPASS2",
                "MYSQLPWD",
                "GHPAT",
                "CREDS",
                "DB_CREDS",
                "awsCreds",
                "PIN",
                "CARD_PIN",
                "KEYS",
                "SIGNINGKEY",
                "WIFIPSK",
                "PASSCODE",
                "TOKENS",
                "tokens",
                "ACCESS_TOKENS",
                "adminTokens",
                "APITOKENS"
            })
    void these_names_sound_secret(String name) {
        assertThat(SecretNames.soundsSecret(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "MAX_TOKENS",
                "maxTokens",
                "MAXTOKENS",
                "MAX_NEW_TOKENS",
                "N_TOKENS",
                "TOKENS_PER_SECOND",
                "stopTokens",
                "TOKENIZER",
                "PWD",
                "OLDPWD",
                "PATH",
                "MODE",
                "KEYBOARD",
                "PATTERN",
                "URL",
                "COMPAT",
                "BYPASS",
                "HOTKEYS",
                "SPINNER",
                "ACCESS"
            })
    void these_do_not(String name) {
        assertThat(SecretNames.soundsSecret(name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgres://u:pw@db/x",
                "redis://:pw@cache",
                "see https://h/x?v=1&X-Amz-Signature=abc",
                "https://h/x?token=abc",
                "Server=db;User Id=me;Password = x;",
                "-----BEGIN RSA PRIVATE KEY-----\nx"
            })
    void these_values_are_secret_under_any_name(String value) {
        assertThat(env(SecretValues.masked(new JsonObject().put("env", new JsonObject().put("A", value))))
                        .getString("A"))
                .isEqualTo("***");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgres://user@host/db",
                "postgres://user:@host/db",
                "1://a:b@c",
                "https://h/x?v=1&page=2",
                "token",
                "a=b"
            })
    void these_values_are_not(String value) {
        assertThat(SecretNames.isSecretValue(value)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "https://h/m.bin?X-Amz-Signature=s, https://h/m.bin",
        "https://u:p@h:8/m?token=s#f, https://h:8/m",
        "get http://a/b?c then https://d@e/f now, get http://a/b then https://e/f now",
        "no url ://? here, no url ://? here",
        "https://h/plain, https://h/plain"
    })
    void of_urls_neither_user_nor_query_is_shown(String text, String shown) {
        assertThat(Urls.shown(text)).isEqualTo(shown);
    }

    @Test
    void the_spec_says_which_variables_are_secret_and_the_names_are_only_a_default() {
        var shown = env(SecretValues.masked(json(
                "{'env':{'A':'1','B_TOKEN':'2','C_TOKEN':'3','D':'4'}," + "'secretEnv':{'A':true,'B_TOKEN':false}}")));
        assertThat(shown).isEqualTo(json("{'A':'***','B_TOKEN':'2','C_TOKEN':'***','D':'4'}"));
    }

    @Test
    void viewers_see_names_of_variables_and_no_value_however_deep() {
        var data = new JsonObject()
                .put("command", new JsonArray().add("curl https://h/x?token=s3cret"))
                .put(
                        "task",
                        new JsonObject().put("data", json("{'env':{'MODE':'s3cret'},'secretEnv':{'MODE':false}}")));
        var shown = SecretValues.forViewer(SecretValues.masked(data));
        assertThat(shown.encode()).doesNotContain("s3cret").contains("\"MODE\":\"***\"", "curl https://h/x");
    }

    @Test
    void data_of_commands_is_hidden_by_the_name_of_its_fields_too() {
        assertThat(SecretValues.maskedData(json("{'url':'https://e/m?sig=x','inner':{'Api-Key':'k','tokens':7}}")))
                .isEqualTo(json("{'url':'https://e/m','inner':{'Api-Key':'***','tokens':7}}"));
    }

    @Test
    void what_was_shown_and_is_sent_back_is_what_is_stored() {
        assertThat(SecretValues.restored(SecretValues.masked(STORED), STORED)).isEqualTo(STORED);
        var tagged = SecretValues.masked(STORED).put("image", "ghcr.io/a/b:2");
        assertThat(env(SecretValues.restored(tagged, STORED)).getString("API_TOKEN"))
                .isEqualTo("t0p");
        String url = "https://h/m?X-Amz-Signature=s";
        assertThat(SecretValues.restoredUrl("https://h/m", url)).isEqualTo(url);
        assertThat(SecretValues.restoredUrl("https://h/m?", url)).isEqualTo("https://h/m?");
        assertThat(SecretValues.restoredUrl("https://evil/m", url)).isEqualTo("https://evil/m");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'image':'evil.example/a/b:1'}",
                "{'image':'a/b:1'}",
                "{'image':'GHCR/a/b:1'}",
                "{'registryAuth':{'registry':'evil.example','username':'u','password':'***'}}",
                "{'registryAuth':{'registry':'ghcr.io','username':'other','password':'***'}}",
                "{'registryAuth':{'username':'u','password':'***'}}"
            })
    void the_mask_of_a_password_means_nothing_once_it_would_go_elsewhere(String change) {
        var sent = SecretValues.masked(STORED).mergeIn(json(change));
        assertThat(SecretValues.restored(sent, STORED).encode()).doesNotContain("p4ss");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"EVIL/foo:1", "Acme/private:1", "xdocker.io/acme/private:1", "xindex.docker.io/acme/private:1"})
    void the_mask_of_a_password_for_the_default_registry_goes_to_no_other(String image) {
        var stored = json("{'image':'acme/private:1','registryAuth':{'username':'u','password':'p4ss'}}");
        var sent = SecretValues.masked(stored).put("image", image);
        assertThat(SecretValues.restored(sent, stored).encode()).doesNotContain("p4ss");
        var same = SecretValues.masked(stored).put("image", "index.docker.io/acme/private:2");
        assertThat(SecretValues.restored(same, stored).encode()).contains("p4ss");
    }

    @Test
    void what_operators_see_of_urls_is_as_the_docs_say() {
        var spec = json(
                "{'command':['get','https://u:s3cret@h/x?q=1'],'labels':{'a':'https://h/x?q=1'},'url':'https://h/x?q=1'}");
        assertThat(SecretValues.masked(spec)).isEqualTo(spec.copy().put("url", "https://h/x"));
        assertThat(SecretValues.forViewer(SecretValues.masked(spec)).encode()).doesNotContain("s3cret", "q=1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'image':'evil.example/a/b:1'}", "{'secretEnv':{'API_TOKEN':false}}", "{'image':null}"})
    void the_mask_of_a_variable_means_nothing_once_its_value_would_be_shown_or_go_elsewhere(String change) {
        var sent = SecretValues.masked(STORED).mergeIn(json(change));
        assertThat(SecretValues.restored(sent, STORED).encode()).doesNotContain("t0p");
    }

    @Test
    void every_mask_that_is_left_is_named() {
        List<String> wrong = new ArrayList<>();
        SecretValues.refuse(
                json("{'spec':{'env':{'A/B':'***','C':'d'},'registryAuth':{'password':'***'},'user':'***'},"
                        + "'authorization':'***'}"),
                (pointer, why) -> wrong.add(pointer));
        assertThat(wrong).containsExactlyInAnyOrder("/spec/env/A~1B", "/spec/registryAuth/password", "/authorization");
    }

    @Test
    void large_texts_take_no_longer_than_reading_them() {
        String name = "token".repeat(300_000) + "\n";
        assertThat(SecretValues.maskedData(new JsonObject().put(name, "x")).getString(name))
                .isEqualTo("***");
        for (String part : List.of("a", "=", "a=", "://", "a://", "a://b@", "a://?a=", "tokens", "key_", ":", "@")) {
            String value = part.repeat(1_000_000 / part.length());
            SecretValues.forViewer(SecretValues.masked(new JsonObject()
                    .put("url", value)
                    .put("env", new JsonObject().put("A", value).put(value, "a"))));
        }
    }

    @Test
    void sources_of_models_show_neither_signatures_nor_headers() {
        JsonObject shown = SecretValues.maskedData(json(
                "{'url':'https://a.example/m?sig=1','files':[{'path':'a','sources':[{'kind':'store','url':'https://b.example/o?X-Amz-Signature=2','headers':{'Authorization':'Bearer"
                        + " 3','X-Who':'4'}}]}]}"));

        assertThat(shown)
                .isEqualTo(json("{'url':'https://a.example/m','files':[{'path':'a','sources':[{'kind':'store',"
                        + "'url':'https://b.example/o','headers':{'Authorization':'***','X-Who':'***'}}]}]}"));
    }
}
