package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.protocol.DeploymentCommand;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** Those who write workers read these sentences; they name places in the message and nothing of ours. */
class MalformedJsonTest {
    private static void wrong(String data, String sentence) {
        assertThatThrownBy(() -> Json.decode(new JsonObject(data), DeploymentCommand.class))
                .isInstanceOf(Failure.class)
                .hasMessage(sentence);
        assertThatThrownBy(() -> Json.decode(data, DeploymentCommand.class)).hasMessage(sentence);
    }

    @Test
    void a_value_that_does_not_fit_is_named_with_its_place_and_what_it_must_be() {
        wrong("{\"replica\":\"a\"}", "/replica: must be a whole number");
        wrong("{\"spec\":5}", "/spec: must be an object");
        wrong("{\"spec\":{\"image\":[]}}", "/spec/image: must be a text");
        wrong("{\"spec\":{\"command\":{}}}", "/spec/command: must be a list");
        wrong("{\"spec\":{\"ports\":[{\"hostPort\":true}]}}", "/spec/ports/0/hostPort: must be a whole number");
        wrong("{\"spec\":{\"privileged\":\"x\"}}", "/spec/privileged: must be true or false");
    }

    @Test
    void a_text_that_is_no_json_says_why() {
        assertThatThrownBy(() -> Json.decode("{\"replica\":", DeploymentCommand.class))
                .hasMessage("not JSON: it ends too early");
    }
}
