package io.aiwm.cli;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.function.Predicate;

/** Prints a turn as it is told. What models and tools say is no command to the terminal. */
final class TurnPrinter {
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean json;
    private final String messageId;
    private String last;
    private boolean done;
    private String status;
    private String error;
    /** The message of which pieces are printed; null: none. */
    private String begun;

    TurnPrinter(PrintWriter out, PrintWriter err, boolean json, String messageId) {
        this.out = out;
        this.err = err;
        this.json = json;
        this.messageId = messageId;
    }

    String messageId() {
        return messageId;
    }

    /** The id of the last event; null: there was none. */
    String last() {
        return last;
    }

    boolean isDone() {
        return done;
    }

    /** Why the turn has no answer; null: it has one. */
    String failure() {
        return "COMPLETED".equals(status)
                ? null
                : Output.plain("the turn is " + status + (error == null ? "" : ": " + error));
    }

    /** Takes the lines of a stream, which may be of a turn before this one. Wants no more after the end of the turn. */
    Predicate<String> of(String executionId) {
        return line -> {
            if (!line.isEmpty()) {
                var event = new JsonObject(line);
                if (!json) {
                    print(event.getString("type"), event.getJsonObject("data"));
                } else {
                    out.println(line);
                }
                out.flush();
                last = event.getString("id");
                if (event.getString("type").equals("done")) {
                    ended(executionId, event.getJsonObject("data"));
                    return false;
                }
            }
            return true;
        };
    }

    private void ended(String executionId, JsonObject data) {
        if (data.getString("executionId").equals(executionId)) {
            done = true;
            status = data.getString("status");
            error = data.getString("error");
        }
    }

    private void print(String type, JsonObject data) {
        switch (type) {
            case "delta" -> {
                begun = data.getString("messageId");
                out.print(Output.text(data.getString("text")));
            }
            case "restart" -> {
                if (data.getString("messageId").equals(begun)) {
                    note("the answer begins again");
                }
            }
            case "message" -> message(data);
            case "tool" -> note("calls " + Output.plain(data.getString("tool")));
            case "approval" ->
                note(Output.plain(data.getString("tool")) + " waits for your word: aiwm agents approve (or deny) "
                        + Output.plain(data.getString("approvalId")) + "; it is "
                        + ("approve".equals(data.getString("onExpiry")) ? "called" : "denied") + " otherwise at "
                        + Output.plain(data.getString("expiresAt")));
            default -> endLine();
        }
    }

    private void message(JsonObject message) {
        boolean shown = message.getString("id").equals(begun);
        if (message.getString("role").equals("assistant") && !shown) {
            var text = new StringBuilder();
            message.getJsonArray("content").forEach(part -> text.append(((JsonObject) part).getString("text", "")));
            out.print(Output.text(text.toString()));
            begun = text.length() == 0 ? null : message.getString("id");
        }
        endLine();
    }

    private void note(String words) {
        endLine();
        err.println("[" + words + "]");
        err.flush();
    }

    private void endLine() {
        if (begun != null) {
            out.println();
            out.flush();
            begun = null;
        }
    }
}
