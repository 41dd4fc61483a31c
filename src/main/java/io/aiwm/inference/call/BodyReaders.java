package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.InferenceOperation;
import io.aiwm.inference.body.CallBody;
import io.aiwm.inference.body.JsonBody;
import io.aiwm.inference.body.MultipartBody;
import io.aiwm.inference.body.TranslatedBody;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;

/** Which reader a body has. */
final class BodyReaders {
    private static final String JSON = "application/json";
    private static final String FORM = "multipart/form-data";

    private BodyReaders() {}

    /** Fails with {@link GatewayError.Refused} if the body cannot be read or translated. */
    static CallBody read(Call call, Buffer bytes) {
        String encoding = call.request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.isBlank() && !encoding.strip().equalsIgnoreCase("identity")) {
            throw GatewayError.of(415, "unsupported_media_type", "Content-Encoding must be absent or identity")
                    .refused();
        }
        String type = call.request.getHeader(HttpHeaders.CONTENT_TYPE);
        boolean takesForm = call.operation == InferenceOperation.TRANSCRIPTIONS;
        if (takesForm && type != null && is(FORM, type)) {
            return MultipartBody.read(bytes, type);
        }
        if (type != null && !is(JSON, type)) {
            String wanted = takesForm ? FORM : JSON;
            throw GatewayError.of(415, "unsupported_media_type", "Content-Type must be " + wanted)
                    .refused();
        }
        JsonBody own = JsonBody.read(bytes);
        if (call.dialect == null) {
            return own;
        }
        JsonObject asked = tree(bytes);
        // counting needs nothing that only an upstream could say
        JsonObject carried =
                call.operation == InferenceOperation.COUNT_TOKENS ? new JsonObject() : call.dialect.request(asked);
        return new TranslatedBody(own, asked, carried);
    }

    /** Reads less than {@link JsonBody} does: of a string no more than Jackson's default. */
    private static JsonObject tree(Buffer bytes) {
        try {
            return bytes.toJsonObject();
        } catch (DecodeException tooLong) {
            throw GatewayError.of(
                            413, "string_too_long", "a string of the body is too long: 20,000,000 characters at most")
                    .refused();
        }
    }

    private static boolean is(String wanted, String type) {
        return type.regionMatches(true, 0, wanted, 0, wanted.length())
                && (type.length() == wanted.length() || ";, \t".indexOf(type.charAt(wanted.length())) >= 0);
    }
}
