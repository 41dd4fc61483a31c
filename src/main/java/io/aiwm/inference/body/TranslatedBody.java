package io.aiwm.inference.body;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/** The body of a call that is carried by another one. What must be known of it is read from the caller's own. */
public final class TranslatedBody implements CallBody {
    private final JsonBody own;
    private final JsonObject asked;
    private final JsonObject carried;

    /** @param asked the caller's body. @param carried what an upstream is sent */
    public TranslatedBody(JsonBody own, JsonObject asked, JsonObject carried) {
        this.own = own;
        this.asked = asked;
        this.carried = carried;
    }

    public JsonObject asked() {
        return asked;
    }

    @Override
    public String model() {
        return own.model();
    }

    @Override
    public boolean streams() {
        return own.streams();
    }

    @Override
    public boolean wantsUsage() {
        return true;
    }

    @Override
    public String session() {
        return own.session();
    }

    @Override
    public long promptTokens() {
        return own.promptTokens();
    }

    @Override
    public long answerTokens() {
        return own.answerTokens();
    }

    @Override
    public Buffer forUpstream(String model, boolean askUsage) {
        carried.put("model", model == null ? own.model() : model);
        if (askUsage && own.streams()) {
            carried.put("stream_options", new JsonObject().put("include_usage", true));
        }
        return carried.toBuffer();
    }

    @Override
    public String prompt(int most) {
        return own.prompt(most);
    }
}
