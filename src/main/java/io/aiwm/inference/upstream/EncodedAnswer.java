package io.aiwm.inference.upstream;

import io.aiwm.inference.GatewayError;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.Locale;
import java.util.Set;

/**
 * Decodes an answer that was encoded although the upstream was asked not to, as some servers before engines do: what it used could not be
 * read of it otherwise, nor could an error be put behind it. For one answer; not thread-safe.
 */
public final class EncodedAnswer {
    private static final Set<String> KNOWN = Set.of("gzip", "x-gzip", "deflate");
    /** What one piece may become. */
    private static final int MOST_BYTES = 4 << 20;

    private final EmbeddedChannel decoder = new EmbeddedChannel(new HttpContentDecompressor(MOST_BYTES));

    private EncodedAnswer(String encoding) {
        var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers()
                .set(HttpHeaderNames.CONTENT_ENCODING, encoding)
                .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        decoder.writeInbound(head);
        decoder.readInbound();
    }

    /** Returns null where there is nothing to decode. Fails with {@link GatewayError.Refused} 502 where it is not known how. */
    public static EncodedAnswer of(MultiMap answered) {
        String said = answered.get(HttpHeaderNames.CONTENT_ENCODING);
        String encoding = said == null ? "identity" : said.strip().toLowerCase(Locale.ROOT);
        if (encoding.isEmpty() || encoding.equals("identity")) {
            return null;
        }
        if (!KNOWN.contains(encoding)) {
            throw GatewayError.of(
                            502,
                            "upstream_malformed",
                            "the model's server encoded its answer, which it was asked not to")
                    .refused();
        }
        return new EncodedAnswer(encoding);
    }

    /** What a piece says, empty: nothing yet. Fails with {@link GatewayError.Refused} 502 where it cannot be decoded. */
    public Buffer decode(Buffer piece) {
        return pass(new DefaultHttpContent(Unpooled.wrappedBuffer(piece.getBytes())));
    }

    /** What is left at the end; nothing is decoded after this. */
    public Buffer end() {
        Buffer rest = pass(new DefaultLastHttpContent());
        close();
        return rest;
    }

    /** Frees what it holds. Where the end does not come the garbage collector does it: nothing of it is pooled. */
    private void close() {
        try {
            decoder.finishAndReleaseAll();
        } catch (RuntimeException cut) {
            // nobody waits for the rest
        }
    }

    private Buffer pass(HttpContent content) {
        Buffer decoded = Buffer.buffer();
        try {
            decoder.writeInbound(content);
        } catch (RuntimeException malformed) { // whatever the decoder says of it
            close();
            throw GatewayError.of(502, "upstream_malformed", "the model's server encoded its answer wrongly")
                    .refused();
        }
        for (Object each = decoder.readInbound(); each != null; each = decoder.readInbound()) {
            if (each instanceof HttpContent part) {
                byte[] bytes = new byte[part.content().readableBytes()];
                part.content().readBytes(bytes);
                decoded.appendBytes(bytes);
            }
            ReferenceCountUtil.release(each);
        }
        return decoded;
    }
}
