package io.aiwm.inference.body;

import io.aiwm.inference.GatewayError;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The body of a call that is a form with a file. */
public final class MultipartBody implements CallBody {
    private static final Pattern BOUNDARY =
            Pattern.compile("(?i);\\s*boundary=(?:\"([^\"]{1,70})\"|([^\\s;\"]{1,70}))");
    private static final Pattern NAME = Pattern.compile("(?i);\\s*name=\"?([^\";\r\n]{1,64})\"?");
    private static final int MOST_PARTS = 100;
    private static final int MOST_HEAD = 4_096;
    private static final int MOST_VALUE = 256;
    private static final byte[] HEAD_END = {'\r', '\n', '\r', '\n'};

    private final Buffer source;
    private final byte[] bytes;
    private String model;
    private int modelFrom;
    private int modelTo;
    private boolean streams;

    private MultipartBody(Buffer source) {
        this.source = source;
        this.bytes = source.getBytes();
    }

    /** Fails with {@link GatewayError.Refused} 400 if it is no such form, or names no model. @param type of the content */
    public static MultipartBody read(Buffer source, String type) {
        Matcher boundary = BOUNDARY.matcher(type);
        if (!boundary.find()) {
            throw GatewayError.invalid(null, "Content-Type has no boundary").refused();
        }
        var body = new MultipartBody(source);
        String text = boundary.group(1) == null ? boundary.group(2) : boundary.group(1);
        body.parts(("\r\n--" + text).getBytes(StandardCharsets.ISO_8859_1));
        if (body.model == null || body.model.isBlank()) {
            throw GatewayError.invalid("model", "model is missing").refused();
        }
        return body;
    }

    private void parts(byte[] delimiter) {
        int at = begins(delimiter) ? delimiter.length - 2 : after(delimiter, 0);
        for (int part = 0; at >= 0 && part < MOST_PARTS; part++) {
            if (at + 1 < bytes.length && bytes[at] == '-' && bytes[at + 1] == '-') {
                return;
            }
            int head = after(HEAD_END, at);
            int next = head < 0 ? -1 : after(delimiter, head - 2);
            if (next < 0 || head - at > MOST_HEAD) {
                break;
            }
            part(new String(bytes, at, head - at, StandardCharsets.UTF_8), head, next - delimiter.length);
            at = next;
        }
        throw GatewayError.invalid(null, "the body is not a form that ends").refused();
    }

    private boolean begins(byte[] delimiter) {
        return matches(delimiter, 2, 0);
    }

    private boolean matches(byte[] word, int skip, int at) {
        if (at + word.length - skip > bytes.length) {
            return false;
        }
        for (int i = skip; i < word.length; i++) {
            if (bytes[at + i - skip] != word[i]) {
                return false;
            }
        }
        return true;
    }

    /** @return behind the next place of the word; −1: there is none */
    private int after(byte[] word, int from) {
        for (int i = Math.max(0, from); i <= bytes.length - word.length; i++) {
            if (bytes[i] == word[0] && matches(word, 0, i)) {
                return i + word.length;
            }
        }
        return -1;
    }

    private void part(String head, int from, int to) {
        Matcher named = NAME.matcher(head);
        String name = named.find() ? named.group(1) : "";
        if (name.equals("model") || name.equals("stream")) {
            if (to - from > MOST_VALUE || to < from) {
                throw GatewayError.invalid(name, name + " is too long").refused();
            }
            String value = new String(bytes, from, to - from, StandardCharsets.UTF_8);
            if (name.equals("stream")) {
                streams = value.strip().equalsIgnoreCase("true");
            } else if (model != null) {
                throw GatewayError.invalid(name, "model is given twice").refused();
            } else {
                model = value.strip();
                modelFrom = from;
                modelTo = to;
            }
        }
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
        return true;
    }

    @Override
    public String session() {
        return null;
    }

    @Override
    public long promptTokens() {
        return 0;
    }

    @Override
    public long answerTokens() {
        return JsonBody.ANSWER_TOKENS;
    }

    @Override
    public Buffer forUpstream(String upstreamModel, boolean askUsage) {
        return upstreamModel == null || upstreamModel.equals(model)
                ? source
                : Buffer.buffer(source.length() + upstreamModel.length())
                        .appendBuffer(source, 0, modelFrom)
                        .appendString(upstreamModel)
                        .appendBuffer(source, modelTo, source.length() - modelTo);
    }

    @Override
    public String prompt(int most) {
        return "";
    }
}
