package io.aiwm.inference.body;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.aiwm.common.MalformedJson;
import io.aiwm.inference.GatewayError;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The body of a call in JSON. It is read once, from end to end, so that what is sent on is well formed; what is kept of it are
 * places in the caller's bytes.
 */
public final class JsonBody implements CallBody {
    private static final int MOST_DEPTH = 200;
    private static final int MOST_NAME_CHARS = 10_000;
    private static final int MOST_MODEL_CHARS = 256;
    private static final int MOST_SESSION_CHARS = 512;
    private static final int BYTES_PER_TOKEN = 4;
    /** Of an image or a sound, however large: engines count them by their size in pixels or seconds. */
    private static final int MOST_MEDIA_BYTES = 4_096;
    /** Of an answer whose length the caller does not limit: the more, the more of a small budget cannot be used. */
    static final int ANSWER_TOKENS = 256;

    /** Of tokens: as many as no limit leaves, so that a call that asks for more reserves all there is. */
    private static final int MOST_COUNT = Integer.MAX_VALUE;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MOST_DEPTH)
                    .maxNameLength(MOST_NAME_CHARS)
                    .maxStringLength(Integer.MAX_VALUE) // the body has a limit
                    .build())
            .build();

    private final Buffer source;
    final byte[] bytes;
    private String model;
    private boolean streams;
    private boolean wantsUsage;
    private String session;
    private long promptBytes;
    private long most;
    private long choices = 1;
    /** Places in the bytes; −1: not there. */
    int open;

    int modelFrom = -1;
    int modelTo;
    int optionsFrom = -1;
    int optionsTo;
    boolean optionsEmpty;
    int usageFrom = -1;
    int usageTo;
    private int promptFrom = -1;
    private int promptTo;
    /** Names seen, one bit each: a field that is read here must not be given twice. */
    private int seen;

    private JsonBody(Buffer source) {
        this.source = source;
        this.bytes = source.getBytes();
    }

    /** Fails with {@link GatewayError.Refused} 400 if it is no JSON object, or a field that is read here is wrong. */
    public static JsonBody read(Buffer source) {
        var body = new JsonBody(source);
        body.checkEncoding();
        try (JsonParser json = FACTORY.createParser(body.bytes)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw GatewayError.invalid(null, "the body must be a JSON object")
                        .refused();
            }
            body.open = start(json);
            while (json.nextToken() != JsonToken.END_OBJECT) {
                body.field(json, json.currentName());
            }
            if (json.nextToken() != null) {
                throw GatewayError.invalid(null, "the body is not JSON: there is more behind its end")
                        .refused();
            }
        } catch (JsonProcessingException cause) {
            throw GatewayError.invalid(null, "the body is not JSON: " + MalformedJson.why(cause))
                    .refused();
        } catch (IOException cause) {
            throw new UncheckedIOException(cause); // bytes in memory do not fail
        }
        if (body.model == null) {
            throw GatewayError.invalid("model", "model is missing").refused();
        }
        return body;
    }

    /** The parser would read other encodings too, but count no bytes in them. */
    private void checkEncoding() {
        for (int i = 0; i < Math.min(4, bytes.length); i++) {
            if (bytes[i] <= 0) {
                throw GatewayError.invalid(null, "the body must be JSON in UTF-8, without a byte order mark")
                        .refused();
            }
        }
    }

    private void field(JsonParser json, String name) throws IOException {
        JsonToken value = json.nextToken();
        switch (name) {
            case "model" -> {
                once(0, name);
                modelFrom = start(json);
                model = text(json, value, name, MOST_MODEL_CHARS);
                modelTo = end(json);
                if (model == null || model.isEmpty()) {
                    throw GatewayError.invalid(name, "model must name one").refused();
                }
            }
            case "stream" -> {
                once(1, name);
                streams = flag(value, name);
            }
            case "stream_options" -> {
                once(2, name);
                streamOptions(json, value);
            }
            case "max_tokens", "max_completion_tokens", "max_output_tokens" -> {
                once(name.equals("max_tokens") ? 3 : 4, name);
                most = Math.max(most, count(json, value, name));
            }
            case "n", "best_of" -> {
                once(name.equals("n") ? 5 : 7, name);
                choices = Math.max(choices, count(json, value, name));
            }
            case "prompt_cache_key", "session_id" -> {
                if (value == JsonToken.VALUE_STRING && session == null) {
                    session = text(json, value, name, MOST_SESSION_CHARS);
                } else {
                    json.skipChildren();
                }
            }
            case "messages", "prompt", "input", "query", "documents", "tools", "system", "instructions" ->
                prompt(json, value, name);
            default -> json.skipChildren();
        }
    }

    private void once(int bit, String name) {
        if ((seen & (1 << bit)) != 0) {
            throw GatewayError.invalid(name, name + " is given twice").refused();
        }
        seen |= 1 << bit;
    }

    private static String text(JsonParser json, JsonToken value, String name, int most) throws IOException {
        if (value != JsonToken.VALUE_STRING) {
            throw GatewayError.invalid(name, name + " must be a string").refused();
        }
        if (json.getTextLength() > most) {
            throw GatewayError.invalid(name, name + " has more than " + most + " characters")
                    .refused();
        }
        return json.getText();
    }

    private static boolean flag(JsonToken value, String name) {
        if (value == JsonToken.VALUE_TRUE || value == JsonToken.VALUE_FALSE || value == JsonToken.VALUE_NULL) {
            return value == JsonToken.VALUE_TRUE;
        }
        throw GatewayError.invalid(name, name + " must be true or false").refused();
    }

    /** @return rounded up; the most where it is more; 0 where it is null, or negative, which engines read as "not limited" */
    private static long count(JsonParser json, JsonToken value, String name) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            return 0;
        }
        if (!value.isNumeric()) {
            throw GatewayError.invalid(name, name + " must be a number").refused();
        }
        return (long) Math.ceil(Math.max(0, Math.min(MOST_COUNT, json.getDoubleValue())));
    }

    private void streamOptions(JsonParser json, JsonToken value) throws IOException {
        optionsFrom = start(json);
        if (value != JsonToken.START_OBJECT && value != JsonToken.VALUE_NULL) {
            throw GatewayError.invalid("stream_options", "stream_options must be an object")
                    .refused();
        }
        if (value == JsonToken.START_OBJECT) {
            optionsEmpty = true;
            while (json.nextToken() != JsonToken.END_OBJECT) {
                optionsEmpty = false;
                String name = json.currentName();
                JsonToken inner = json.nextToken();
                if (name.equals("include_usage")) {
                    once(6, "stream_options.include_usage");
                    usageFrom = start(json);
                    wantsUsage = flag(inner, "stream_options.include_usage");
                    usageTo = end(json);
                } else {
                    json.skipChildren();
                }
            }
        }
        optionsTo = end(json);
    }

    /** Counts the bytes of all texts in a value, so that a picture is not taken for a long prompt. */
    private void prompt(JsonParser json, JsonToken first, String field) throws IOException {
        int from = start(json);
        int depth = 0;
        JsonToken value = first;
        while (true) {
            switch (value) {
                case START_OBJECT, START_ARRAY -> depth++;
                case END_OBJECT, END_ARRAY -> depth--;
                case VALUE_STRING -> {
                    int began = start(json);
                    boolean media =
                            depth > 0 && ("url".equals(json.currentName()) || "data".equals(json.currentName()));
                    int length = end(json) - began;
                    promptBytes += media ? Math.min(length, MOST_MEDIA_BYTES) : length;
                }
                case VALUE_NUMBER_INT -> promptBytes += BYTES_PER_TOKEN; // token ids
                default -> promptBytes++;
            }
            if (depth == 0) {
                break;
            }
            value = json.nextToken();
        }
        if (promptFrom < 0 && !field.equals("tools")) {
            promptFrom = from;
            promptTo = end(json);
        }
    }

    private static int start(JsonParser json) {
        return (int) json.currentTokenLocation().getByteOffset();
    }

    private static int end(JsonParser json) throws IOException {
        json.finishToken();
        return (int) json.currentLocation().getByteOffset();
    }

    @Override
    public String model() {
        return model;
    }

    @Override
    public boolean streams() {
        return streams;
    }

    @Override
    public boolean wantsUsage() {
        return wantsUsage;
    }

    @Override
    public String session() {
        return session;
    }

    @Override
    public long promptTokens() {
        return promptBytes / BYTES_PER_TOKEN;
    }

    @Override
    public long answerTokens() {
        return (most > 0 ? most : ANSWER_TOKENS) * Math.min(choices, 128);
    }

    @Override
    public String prompt(int most) {
        return promptFrom < 0
                ? ""
                : new String(bytes, promptFrom, Math.min(most, promptTo - promptFrom), StandardCharsets.ISO_8859_1);
    }

    @Override
    public Buffer forUpstream(String upstreamModel, boolean askUsage) {
        boolean rename = upstreamModel != null && !upstreamModel.equals(model);
        boolean ask = askUsage && streams && !wantsUsage;
        if (!rename && !ask) {
            return source;
        }
        return new Splice(source).write(this, rename ? upstreamModel : null, ask);
    }
}
