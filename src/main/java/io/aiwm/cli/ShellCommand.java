package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.argument;
import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm shell}: a shell in the container of a replica, or another command there. Ends with its exit code. */
final class ShellCommand implements WebSocket.Listener {
    private static final String REPLICA = "--replica";
    private static final int PIECE_BYTES = 8 * 1024;
    private static final byte[] END_OF_INPUT = {4};

    private final PrintWriter out;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private final CompletableFuture<Void> begun = new CompletableFuture<>();
    private final CompletableFuture<JsonObject> ended = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();
    /** Bytes of a character whose rest is still to come. */
    private byte[] rest = {};

    private ShellCommand(PrintWriter out) {
        this.out = out;
    }

    static CommandSpec spec() {
        var shell = command("Opens a shell in the container of a replica, or runs another command there.")
                .addPositional(argument(0, "DEPLOYMENT", "Its name or id."))
                .addPositional(PositionalParamSpec.builder()
                        .index("1..*")
                        .arity("0..*")
                        .type(String[].class)
                        .paramLabel("COMMAND")
                        .description("Runs instead of a shell of the image; after --, so that its options are its own.")
                        .build())
                .addOption(option(REPLICA, "INDEX", "In which one; 0 unless given."));
        shell.usageMessage().footer("", "Example: aiwm shell web --replica 1 -- ps aux");
        return shell;
    }

    /** Returns the exit code of what ran. */
    static int run(ApiClient client, ParseResult parsed, InputStream in, PrintWriter out) {
        String path = DeploymentCommands.path(client, parsed.matchedPositionalValue(0, "")) + "/replicas/"
                + ApiClient.encoded(parsed.matchedOptionValue(REPLICA, "0")) + "/shell";
        var terminal = OwnTerminal.find();
        int[] size = terminal == null ? new int[] {80, 24} : terminal.size();
        var query = new StringBuilder("?columns=" + size[0] + "&rows=" + size[1]);
        List<String> words = parsed.hasMatchedPositional(1)
                ? Arrays.asList(parsed.matchedPositionalValue(1, new String[0]))
                : List.of();
        words.forEach(word -> query.append("&command=").append(ApiClient.encoded(word)));
        var shell = new ShellCommand(out);
        WebSocket socket = client.socket(path + query, shell);
        return shell.use(socket, terminal, in);
    }

    private int use(WebSocket socket, OwnTerminal terminal, InputStream in) {
        try {
            CompletableFuture.anyOf(begun, ended).get();
            if (terminal != null) {
                terminal.raw((columns, rows) -> socket.sendText(
                        new JsonObject()
                                .put("columns", columns)
                                .put("rows", rows)
                                .encode(),
                        true));
            }
            var typing = new Thread(() -> type(socket, in, terminal != null), "aiwm-shell-input");
            typing.setDaemon(true);
            typing.start();
            JsonObject end = ended.get();
            if (end.getString("error") != null) {
                throw ApiFailure.of(
                        end.getInteger("status", 0),
                        new JsonObject().put("detail", end.getString("error")).encode());
            }
            return end.getInteger("exitCode", ApiFailure.FAILED);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ApiFailure("interrupted");
        } catch (ExecutionException broken) {
            throw new ApiFailure("the connection broke, and with it the shell");
        } finally {
            socket.abort();
            if (terminal != null) {
                terminal.restore();
            }
        }
    }

    /** Each piece waits until the one before has left, so that what is piped in does not pile up. */
    private void type(WebSocket socket, InputStream in, boolean interactive) {
        try {
            byte[] piece = new byte[PIECE_BYTES];
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                socket.sendBinary(ByteBuffer.wrap(Arrays.copyOf(piece, read)), true)
                        .join();
            }
            if (!interactive) {
                socket.sendBinary(ByteBuffer.wrap(END_OF_INPUT), true).join();
            }
        } catch (IOException | RuntimeException gone) {
            // its end is told by the socket
        }
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            var said = new JsonObject(text.toString());
            text.setLength(0);
            if ("begun".equals(said.getString("event"))) {
                begun.complete(null);
            } else if ("ended".equals(said.getString("event"))) {
                ended.complete(said);
            }
        }
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
        ByteBuffer all = ByteBuffer.allocate(rest.length + data.remaining());
        all.put(rest).put(data).flip();
        CharBuffer characters = CharBuffer.allocate(all.remaining() + 1);
        decoder.decode(all, characters, false);
        rest = new byte[all.remaining()];
        all.get(rest);
        out.print(characters.flip());
        out.flush();
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        ended.completeExceptionally(new IOException("closed with " + code));
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable cause) {
        ended.completeExceptionally(cause);
    }
}
