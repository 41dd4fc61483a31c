package io.aiwm.cli;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;

/** What the program of a step has printed, as it arrives: none of it is kept here. */
final class StepLog {
    private static final String TEXT = "text/plain";
    private static final int PIECE = 8_192;

    private final ApiClient client;
    private final PrintWriter out;

    StepLog(ApiClient client, PrintWriter out) {
        this.client = client;
        this.out = out;
    }

    /** Prints it for people, to whose terminal it does nothing. */
    void text(String path) {
        client.read(path, TEXT, (type, text) -> {
            var piece = new char[PIECE];
            for (int length = text.read(piece); length >= 0; length = text.read(piece)) {
                out.print(Output.text(new String(piece, 0, length)));
                out.flush();
            }
        });
    }

    /** Prints an object on each line; the log of a step that has ended is text, whatever is asked for, and says no stream. */
    void json(String path) {
        client.read(path, ApiClient.LINES, (type, text) -> {
            boolean isJson = type.startsWith(ApiClient.LINES);
            for (String line = text.readLine(); line != null; line = text.readLine()) {
                if (!isJson) {
                    out.println(new JsonObject().put("text", line + "\n").encode());
                } else if (!line.isEmpty()) {
                    out.println(line);
                }
                out.flush();
            }
        });
    }
}
