package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Requests that cannot be read: always a 400, with words that help who sent them. */
class MalformedRequestTest extends HttpApiRig {
    private static final Executor EACH_A_THREAD = work -> new Thread(work).start();

    @Test
    void what_is_not_json_is_refused_with_its_place() {
        assertThat(Problems.problem(
                                server.call("POST", "/api/things", "operator", "{\"name\": tru"),
                                400,
                                "invalid-request")
                        .getString("detail"))
                .contains("line 1");
        Problems.problem(server.call("POST", "/api/things", "operator", "{\"name\":\"a\"} x"), 400, "invalid-request");
        Problems.problem(
                server.call("POST", "/api/things", "operator", "{\"name\":\"a\",\"name\":\"b\"}"),
                400,
                "invalid-request");
        Problems.problem(server.call("POST", "/api/things", "operator", "[".repeat(5000)), 400, "invalid-request");
        Problems.problem(server.call("POST", "/api/things", "operator", ""), 400, "invalid-request");
        Problems.problem(server.call("POST", "/api/things", "operator", "null"), 400, "invalid-request");
    }

    @Test
    void a_broken_escape_is_the_callers_mistake_wherever_it_stands() {
        for (String path : List.of(
                "/api/health?%",
                "/api/things?q=%", "/api/things/a?x=%zz", "/api/things/%g1", "/?%", "/eventbus/%q?a=%2")) {
            assertThat(raw("GET " + path + " HTTP/1.1"))
                    .as(path)
                    .startsWith("HTTP/1.1 400")
                    .contains("'%'");
        }
        assertThat(raw("GET /api/health?x=%41 HTTP/1.1")).contains("query:x");
    }

    @Test
    void a_body_whose_end_others_may_see_elsewhere_is_refused_and_the_connection_closed() {
        List<String> codings = List.of(
                "xchunked",
                "chunked, chunked",
                "gzip, chunked",
                "chunked, identity",
                "identity",
                "chunked;q=1",
                "\"chunked\"",
                "chunked\r\nTransfer-Encoding: x",
                "x\r\nTransfer-Encoding: chunked",
                "x\r\nContent-Length: 0");
        String next = "GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n";
        // each of these connections stays open for a while
        List<String> answers = sentAtOnce(codings.stream()
                .map(coding -> "POST /api/health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + coding + "\r\n\r\n")
                .flatMap(head -> Stream.of(head, head + next, head + "0\r\n\r\n" + next))
                .toList());
        for (int i = 0; i < codings.size(); i++) {
            List<String> ofOne = answers.subList(3 * i, 3 * i + 3);
            assertThat(ofOne.get(0)).as(codings.get(i)).startsWith("HTTP/1.1 400");
            assertThat(ofOne).as(codings.get(i)).noneMatch(answer -> answer.contains("HTTP/1.1 200"));
        }
    }

    @Test
    void a_request_that_names_no_host_two_or_what_is_none_is_refused_and_the_connection_closed() {
        String next = "\r\n\r\nGET /api/health HTTP/1.1\r\nHost: x\r\n\r\n";
        List<String> refused = List.of("X-A: 1", "Host: a\r\nHost: b", "Host: a/b", "Host: u@a", "Host: a b");
        List<String> answers = sentAtOnce(refused.stream()
                .map(host -> "GET /api/health HTTP/1.1\r\n" + host + next)
                .toList());
        for (int i = 0; i < refused.size(); i++) {
            assertThat(answers.get(i))
                    .as(refused.get(i))
                    .startsWith("HTTP/1.1 400")
                    .contains("invalid-request")
                    .doesNotContain("HTTP/1.1 200");
        }
        assertThat(sent("GET /api/health HTTP/1.0\r\n\r\n")).contains(" 200 OK");
    }

    /**
     * A server that takes a name like Content-Length for that name, as Vert.x 5.0.10 did, sees another end of the request than
     * the proxy in front of it, and what a stranger wrote there becomes a request of the next caller.
     */
    @Test
    void only_a_header_of_that_very_name_is_the_length_of_a_body() {
        String smuggled = "GET /api/health?smuggled=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        for (String name : likeContentLength()) {
            String noBody = sent("GET /api/health HTTP/1.1\r\nHost: x\r\n" + name + ": " + smuggled.length()
                    + "\r\n\r\n" + smuggled);
            assertThat(noBody).as(name).startsWith("HTTP/1.1 200").contains("query:smuggled");
            String body = sent("POST /api/things HTTP/1.1\r\nHost: x\r\nContent-Length: " + smuggled.length() + "\r\n"
                    + name + ": 0\r\nConnection: close\r\n\r\n" + smuggled);
            assertThat(body).as(name).startsWith("HTTP/1.1 401").doesNotContain("query:smuggled");
        }
    }

    /** With one letter or both first letters changed to any that a name may have. */
    private static List<String> likeContentLength() {
        String name = "Content-Length";
        var names = new ArrayList<String>();
        for (char other : "!#$%&'*+-.^_`|~0123456789AZaz".toCharArray()) {
            names.add(other + "ontent-" + other + "ength");
            for (int i = 0; i < name.length(); i++) {
                names.add(name.substring(0, i) + other + name.substring(i + 1));
            }
        }
        names.removeIf(name::equalsIgnoreCase);
        return names;
    }

    /** As java.net.URI would not let it through. */
    private static String raw(String requestLine) {
        return sent(requestLine + "\r\nHost: x\r\nConnection: close\r\n\r\n");
    }

    /** All that comes back until the connection is closed. */
    /** Each on a connection of its own. */
    private static List<String> sentAtOnce(List<String> texts) {
        return texts.stream()
                .map(text -> CompletableFuture.supplyAsync(() -> sent(text), EACH_A_THREAD))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
    }

    private static String sent(String text) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException cause) {
            throw new AssertionError(cause);
        }
    }

    @Test
    void what_is_wrong_with_a_text_is_said_in_words_of_json() {
        var said = List.of(
                        "{\"name\":\"a\"",
                        "{\"name\":\"a\",\"name\":\"b\"}",
                        "{\"name\":\"a\"} x",
                        "{\"name\":NaN}",
                        "{name:1}",
                        "[]")
                .stream()
                .map(body -> Problems.problem(
                                server.call("POST", "/api/things", "operator", body), 400, "invalid-request")
                        .getString("detail"))
                .toList();
        assertThat(said).noneMatch(text -> text.contains("Feature") || text.contains("[Source") || text.contains("`"));
        assertThat(said.get(0)).endsWith("it ends too early");
        assertThat(said.get(1)).endsWith("field 'name' is given twice");
        assertThat(said.get(5)).isEqualTo("the body: array found, object expected");
    }
}
