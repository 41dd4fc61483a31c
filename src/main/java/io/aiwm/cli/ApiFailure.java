package io.aiwm.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;

/** The reason why a command of a client ends, in one sentence, with its exit code. */
final class ApiFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int NOT_FOUND = 3;
    static final int REFUSED = 4;
    static final int TIMED_OUT = 5;
    static final int CONFLICT = 6;

    final int exitCode;
    /** The status that the controller answered with; 0: it did not. */
    final int status;
    /** The controller's problem document; null: none. */
    final transient JsonObject problem;

    private ApiFailure(String sentence, int exitCode, int status, JsonObject problem) {
        super(sentence, null, false, false);
        this.exitCode = exitCode;
        this.status = status;
        this.problem = problem;
    }

    ApiFailure(String sentence, int exitCode) {
        this(sentence, exitCode, 0, null);
    }

    ApiFailure(String sentence) {
        this(sentence, FAILED);
    }

    /** @param body as the controller sent it */
    static ApiFailure of(int status, String body) {
        JsonObject problem = problem(body);
        String sentence = problem == null
                ? "the controller answers " + status
                : sentence(problem, "the controller answers " + status);
        if (status == 401) {
            sentence += "; give a token in AIWM_TOKEN or with --token-file";
        }
        return new ApiFailure(sentence, exitCode(status), status, problem);
    }

    /** Fails where an execution or a job has ended otherwise, with the code for what ran out of time if it did. */
    static void unlessCompleted(String status, String sentence) {
        if (!status.equals("COMPLETED")) {
            throw new ApiFailure(sentence, status.equals("TIMEOUT") ? TIMED_OUT : FAILED);
        }
    }

    private static JsonObject problem(String body) {
        try {
            JsonObject read = body.isBlank() ? null : new JsonObject(body);
            return read == null || read.isEmpty() ? null : read;
        } catch (RuntimeException notJson) {
            return null;
        }
    }

    /** Names every wrong field. */
    private static String sentence(JsonObject problem, String otherwise) {
        JsonArray errors = problem.getJsonArray("errors", new JsonArray());
        if (errors.isEmpty()) {
            return problem.getString("detail", otherwise);
        }
        var each = new ArrayList<String>();
        for (int i = 0; i < errors.size(); i++) {
            JsonObject error = errors.getJsonObject(i);
            each.add(error.getString("pointer") + ": " + error.getString("detail"));
        }
        return String.join("; ", each);
    }

    private static int exitCode(int status) {
        return switch (status) {
            case 401, 403 -> REFUSED;
            case 404, 410 -> NOT_FOUND;
            case 408, 504 -> TIMED_OUT;
            case 409, 412 -> CONFLICT;
            default -> FAILED;
        };
    }
}
