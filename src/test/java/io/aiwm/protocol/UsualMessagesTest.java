package io.aiwm.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The messages that are read without data binding say what data binding reads, in every form. */
class UsualMessagesTest {
    private static final List<?> VALUES = new JsonArray()
            .add("ex_1.0.1")
            .add("success")
            .add("failure")
            .add("lost")
            .add("2026-11-28T03:00:00.123Z")
            .add("2026-11-28T04:00:00.5+01:00")
            .add("2026-11-28")
            .add("")
            .add(7)
            .add(2.5)
            .add(true)
            .add(false)
            .add(new JsonObject())
            .add(new JsonObject().put("exitCode", 0).put("text", "a").put("right", true))
            .add(new JsonObject().put("none", null).put("inner", new JsonObject().put("none", null)))
            .add(new JsonArray().add(1))
            .addNull()
            .getList();

    private static Envelope envelope(String type, JsonObject data) {
        var json = new JsonObject()
                .put("type", type)
                .put("messageId", "m")
                .put("timestamp", "2026-11-28T03:00:00Z")
                .put("data", data);
        return Envelope.decode(json.encode());
    }

    private interface Reading {
        Object read();
    }

    private static void same(JsonObject data, Reading usual, Reading known) {
        Failure refused = catchThrowableOfType(Failure.class, known::read);
        if (refused == null) {
            assertThat(usual.read()).as(data.encode()).isEqualTo(known.read());
        } else {
            assertThat(catchThrowableOfType(Failure.class, usual::read).getMessage())
                    .as(data.encode())
                    .isEqualTo(refused.getMessage());
        }
    }

    @Test
    void a_result_is_the_same_whatever_stands_in_a_field() {
        var good = new JsonObject()
                .put("sessionId", "s")
                .put("commandId", "ex_1.0.1")
                .put("outcome", "success")
                .put("output", new JsonObject().put("exitCode", 0))
                .put("startedAt", "2026-11-28T03:00:00.123Z")
                .put("finishedAt", "2026-11-28T03:00:01Z");
        for (String field :
                List.of("sessionId", "commandId", "outcome", "output", "error", "startedAt", "finishedAt")) {
            for (Object value : VALUES) {
                JsonObject data = good.copy().put(field, value);
                Envelope message = envelope(CommandResult.TYPE, data);
                same(data, () -> CommandResult.of(message), () -> Json.decode(message.data(), CommandResult.class));
                JsonObject without = good.copy();
                without.remove(field);
                Envelope less = envelope(CommandResult.TYPE, without);
                same(without, () -> CommandResult.of(less), () -> Json.decode(less.data(), CommandResult.class));
            }
        }
        assertThat(CommandResult.of(envelope(CommandResult.TYPE, good)))
                .isEqualTo(Json.decode(good, CommandResult.class));
    }

    @Test
    void an_ack_is_the_same_whatever_stands_in_a_field() {
        var good = new JsonObject()
                .put("sessionId", "s")
                .put("commandId", "ex_1.0.1")
                .put("accepted", true)
                .put("reason", null);
        for (String field : List.of("sessionId", "commandId", "accepted", "reason")) {
            for (Object value : VALUES) {
                JsonObject data = good.copy().put(field, value);
                Envelope message = envelope(CommandAck.TYPE, data);
                same(data, () -> CommandAck.of(message), () -> Json.decode(message.data(), CommandAck.class));
            }
        }
    }

    @Test
    void the_time_of_an_envelope_is_read_as_any_time_is() {
        for (Object value : VALUES) {
            var json = new JsonObject().put("type", "t").put("timestamp", value);
            boolean isTime = value == null || Objects.toString(value).startsWith("2026-11-28T");
            Failure refused = catchThrowableOfType(Failure.class, () -> Envelope.decode(json.encode()));
            assertThat(refused == null).as(json.encode()).isEqualTo(isTime);
        }
    }
}
