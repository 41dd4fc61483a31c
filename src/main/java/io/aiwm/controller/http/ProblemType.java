package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import java.util.Locale;

/** The kinds of problem the API answers with; each is explained at {@code /api-docs/problems/<code>}. */
enum ProblemType {
    INVALID_REQUEST(
            400,
            "The request is malformed",
            "Something in the path, the query or the body does not fit the contract. Every wrong place is listed in"
                    + " errors with a JSON pointer. Sending the same request again cannot help."),
    UNAUTHENTICATED(
            401,
            "Who are you?",
            "The request carries no token, or one that is expired, revoked or not ours. Get one with POST"
                    + " /api/auth/login and send it as Authorization: Bearer."),
    FORBIDDEN(
            403,
            "You may not do this",
            "The token is good, but its role does not allow this operation; the operation names the role it needs."
                    + " Node tokens open only the node gateway."),
    NOT_FOUND(404, "There is no such thing", "The path or the record it names does not exist."),
    METHOD_NOT_ALLOWED(
            405,
            "Not with this method",
            "The path exists, but not with this method; the Allow header has those it has."),
    REQUEST_TIMEOUT(
            408,
            "The request did not come",
            "The body of the request stopped, or came too slowly. Nothing was done. Send it again."),
    CONFLICT(
            409,
            "Not in this state",
            "The record is in a state, or has a field taken by another, that does not allow this. When retryable is"
                    + " true that ends by itself: wait, then send the same again. Else read the record and decide anew."),
    GONE(
            410,
            "Not kept any more",
            "What you ask to go on from is older than what is kept. Read the records themselves, and go on from their"
                    + " newest revision."),
    PRECONDITION_FAILED(
            412,
            "The record has moved on",
            "If-Match does not name the current version. Read the record again, apply your change to that, send its"
                    + " ETag."),
    TOO_LARGE(413, "The request is too large", "The body is larger than the server takes; the detail has the limit."),
    UNSUPPORTED_MEDIA_TYPE(415, "Not in this format", "Bodies are JSON: send Content-Type: application/json."),
    UNPROCESSABLE(
            422,
            "It cannot mean this",
            "The request is well formed, but says something that cannot be: a cycle of steps, a step that is not there,"
                    + " a node that does not exist."),
    LIMITED(429, "Too much at once", "A limit is reached. Wait as long as Retry-After says, then try again."),
    INTERNAL(
            500,
            "Something broke here",
            "This is our fault. The server's log has the cause under the requestId of the answer."),
    UNAVAILABLE(503, "Not now", "What would answer this is not there at the moment. Trying again later is safe."),
    TIMEOUT(
            504,
            "No answer in time",
            "The answer took too long; the work may or may not have been done. Look before you repeat it.");

    final int status;
    final String title;
    final String explanation;

    ProblemType(int status, String title, String explanation) {
        this.status = status;
        this.title = title;
        this.explanation = explanation;
    }

    /** The stable name in {@code code} and in the {@code type} URI. */
    String slug() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static ProblemType of(Failure.Kind kind) {
        return switch (kind) {
            case INVALID -> INVALID_REQUEST;
            case UNAUTHENTICATED -> UNAUTHENTICATED;
            case FORBIDDEN -> FORBIDDEN;
            case NOT_FOUND -> NOT_FOUND;
            case CONFLICT -> CONFLICT;
            case GONE -> GONE;
            case REQUEST_TIMEOUT -> REQUEST_TIMEOUT;
            case PRECONDITION -> PRECONDITION_FAILED;
            case TOO_LARGE -> TOO_LARGE;
            case UNSUPPORTED_MEDIA_TYPE -> UNSUPPORTED_MEDIA_TYPE;
            case UNPROCESSABLE -> UNPROCESSABLE;
            case LIMITED -> LIMITED;
            case INTERNAL -> INTERNAL;
            case UNAVAILABLE -> UNAVAILABLE;
            case TIMEOUT -> TIMEOUT;
        };
    }
}
