package io.aiwm.inference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.testing.StockClients;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Stock clients, unchanged, read through the gateway what servers stream that use what HTTP and server-sent events allow and engines
 * do not. Needs node and npm.
 */
@Timeout(600)
class OtherServersIT {
    private static final int CHECKS_OF_A_CLIENT = 5;
    private static final String CHUNKED =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n";
    private static final String USAGE = "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}";
    private static final String DONE = "data: [DONE]\n\n";

    @TempDir
    static Path folder;

    /** What a server answers to any request, byte for byte, in these writes. */
    private final Map<String, List<Buffer>> servers = new LinkedHashMap<>();

    private static String chunk(String delta, String finish, String more) {
        return "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":"
                + delta + ",\"finish_reason\":" + finish + "}]" + more + "}";
    }

    private static String content(String text) {
        return chunk("{\"content\":\"" + text + "\"}", "null", "");
    }

    /** The data of the events of an answer, without the one that says the usage. */
    private static List<String> answer() {
        return List.of(
                chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null", ""),
                content("h\u00e4, "),
                content("\u4f60 "),
                content("\ud83d\ude00."),
                chunk("{}", "\"stop\"", ""));
    }

    private static String usage() {
        return "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],"
                + USAGE + "}";
    }

    private static List<String> answerAndUsage() {
        var all = new ArrayList<>(answer());
        all.add(usage());
        return all;
    }

    private static String events(String before, List<String> data, String after) {
        var all = new StringBuilder();
        data.forEach(each -> all.append(before).append(each).append(after));
        return all.toString();
    }

    private static Buffer piece(Buffer bytes) {
        return Buffer.buffer(Integer.toHexString(bytes.length()))
                .appendString("\r\n")
                .appendBuffer(bytes)
                .appendString("\r\n");
    }

    /** A chunked answer, each byte of it a chunk of its own or each event. */
    private void chunked(String name, String headers, Buffer body, int pieceBytes) {
        var writes = new ArrayList<Buffer>();
        writes.add(Buffer.buffer(CHUNKED + headers + "\r\n"));
        for (int at = 0; at < body.length(); at += pieceBytes) {
            writes.add(piece(body.getBuffer(at, Math.min(body.length(), at + pieceBytes))));
        }
        writes.add(Buffer.buffer("0\r\n\r\n"));
        servers.put(name, writes);
    }

    private void chunked(String name, String body) {
        chunked(name, "", Buffer.buffer(body), 100);
    }

    private static Buffer gzip(String text) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(bytes)) {
            zip.write(text.getBytes(UTF_8));
        }
        return Buffer.buffer(bytes.toByteArray());
    }

    private void describe() throws IOException {
        String plain = events("data: ", answerAndUsage(), "\n\n") + DONE;
        chunked("line-feeds", plain);
        chunked("carriage-returns", plain.replace("\n", "\r"));
        chunked("both-of-them", plain.replace("\n", "\r\n"));
        chunked("byte-by-byte", "", Buffer.buffer(plain), 1);
        chunked("all-at-once", "", Buffer.buffer(plain), plain.length() * 4);
        chunked("no-space", plain.replace("data: ", "data:"));
        chunked("several-lines", plain.replace(",\"", ",\ndata: \""));
        chunked(
                "names-and-ids",
                "retry: 9\n\n" + events("id: 1\nevent: message\ndata: ", answerAndUsage(), "\n\n") + DONE);
        chunked("comments", ": hello\n\n" + events(": keep-alive\n\ndata: ", answerAndUsage(), "\n:\n\n") + DONE);
        chunked("not-done", events("data: ", answerAndUsage(), "\n\n"));
        chunked("no-last-line", plain.strip());
        chunked("encoded", "Content-Encoding: gzip\r\n", gzip(plain), 40);
        var last = new ArrayList<>(answer());
        last.set(last.size() - 1, chunk("{}", "\"stop\"", "," + USAGE));
        chunked("usage-with-the-end", events("data: ", last, "\n\n") + DONE);
        var none = answerAndUsage().stream().map(data -> data.replace("]}", "],\"usage\":null}"));
        chunked("usage-that-is-null", events("data: ", none.toList(), "\n\n") + DONE);
        servers.put(
                "until-the-connection-ends",
                List.of(Buffer.buffer("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + plain)));
    }

    private static void write(NetSocket socket, List<Buffer> writes, int at, boolean keeps) {
        if (at < writes.size()) {
            socket.write(writes.get(at)).onSuccess(written -> write(socket, writes, at + 1, keeps));
        } else if (!keeps) {
            socket.end();
        }
    }

    /** A server that answers whatever comes when the end of a JSON body has come. */
    private static int serve(TestGateway gateway, List<Buffer> writes) {
        boolean keeps = writes.get(0).toString().startsWith("HTTP/1.1");
        return gateway.vertx
                .createNetServer()
                .connectHandler(socket -> socket.handler(asked -> {
                    if (asked.getByte(asked.length() - 1) == '}') {
                        write(socket, writes, 0, keeps);
                    }
                }))
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
    }

    @Test
    void stock_clients_read_what_other_servers_stream() throws Exception {
        describe();
        try (var gateway = TestGateway.patient()) {
            var deployed = new ArrayList<GatewayConfig.Deployed>();
            servers.forEach((name, writes) -> deployed.add(TestGateway.deployed("dep_" + name, name)
                    .upstreamModel(name)
                    .replicas(List.of(ScriptedUpstream.replica(name, serve(gateway, writes))))
                    .build()));
            gateway.serves(deployed);
            StockClients clients = StockClients.in(folder.resolve("clients"));
            String url = "http://127.0.0.1:" + gateway.port;
            assertThat(clients.run("others.mjs", url, TestGateway.KEY, servers.keySet())
                            .lines())
                    .hasSize(CHECKS_OF_A_CLIENT * servers.size())
                    .allMatch(line -> line.startsWith("ok "));
            for (int i = 0; i < CHECKS_OF_A_CLIENT * servers.size(); i++) {
                CallUsage usage = gateway.usage();
                assertThat(usage.errorCode()).as(usage.toString()).isNull();
                assertThat(usage.promptTokens()).as(usage.toString()).isEqualTo(7);
                assertThat(usage.completionTokens()).as(usage.toString()).isEqualTo(3);
            }
            assertThat(gateway.leftOver()).isEmpty();
        }
    }
}
