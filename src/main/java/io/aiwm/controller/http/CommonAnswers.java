package io.aiwm.controller.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;
import java.util.Set;

/** Writes into the contract the problems that any operation of its kind may answer with, so that no file repeats them. */
final class CommonAnswers {
    private CommonAnswers() {}

    static void addTo(ObjectNode document) {
        ObjectNode responses = document.withObject("/components").withObjectProperty("responses");
        for (ProblemType type : ProblemType.values()) {
            responses.set(name(type), describe(document, type));
        }
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().stream()
                        .filter(entry -> entry.getValue().has("operationId"))
                        .forEach(entry -> complete(path.getKey(), path.getValue(), (ObjectNode) entry.getValue())));
    }

    private static void complete(String path, JsonNode item, ObjectNode operation) {
        Set<ProblemType> possible = EnumSet.of(
                ProblemType.INVALID_REQUEST, ProblemType.INTERNAL, ProblemType.UNAVAILABLE, ProblemType.TIMEOUT);
        if (!operation.path("x-aiwm-role").asText().equals("none")) {
            possible.add(ProblemType.UNAUTHENTICATED);
            possible.add(ProblemType.FORBIDDEN);
            possible.add(ProblemType.LIMITED);
        } else {
            operation.putArray("security");
        }
        if (path.contains("{")) {
            possible.add(ProblemType.NOT_FOUND);
        }
        if (operation.has("requestBody")) {
            possible.add(ProblemType.REQUEST_TIMEOUT);
            possible.add(ProblemType.TOO_LARGE);
            possible.add(ProblemType.UNSUPPORTED_MEDIA_TYPE);
        }
        if (takesIfMatch(item) || takesIfMatch(operation)) {
            possible.add(ProblemType.PRECONDITION_FAILED);
        }
        ObjectNode responses = operation.withObjectProperty("responses");
        for (ProblemType type : possible) {
            String status = Integer.toString(type.status);
            if (!responses.has(status)) {
                responses.putObject(status).put("$ref", "#/components/responses/" + name(type));
            }
        }
    }

    private static boolean takesIfMatch(JsonNode holder) {
        for (JsonNode parameter : holder.path("parameters")) {
            if (parameter.path("$ref").asText().endsWith("/IfMatch")) {
                return true;
            }
        }
        return false;
    }

    private static ObjectNode describe(ObjectNode document, ProblemType type) {
        ObjectNode answer = document.objectNode();
        answer.put("description", type.title + ". " + type.explanation);
        ObjectNode content = answer.withObject("/content").withObjectProperty("application/problem+json");
        content.withObjectProperty("schema").put("$ref", "#/components/schemas/Problem");
        ObjectNode example = content.withObjectProperty("example");
        example.put("type", "/api-docs/problems/" + type.slug());
        example.put("title", type.title);
        example.put("status", type.status);
        example.put("detail", example(type));
        example.put("code", type.slug());
        example.put("requestId", "req_01kb3v4n6d8x5m2q7t4w9y0a1b");
        example.put(
                "retryable", type == ProblemType.LIMITED || type == ProblemType.REQUEST_TIMEOUT || type.status >= 503);
        if (type == ProblemType.INVALID_REQUEST) {
            example.putArray("errors").addObject().put("pointer", "/nme").put("detail", "is not a known field");
        }
        return answer;
    }

    private static String example(ProblemType type) {
        return switch (type) {
            case INVALID_REQUEST -> "/nme is not a known field";
            case UNAUTHENTICATED -> "the token has expired";
            case FORBIDDEN -> "this needs the role OPERATOR, the token has VIEWER";
            case NOT_FOUND -> "node gpu-7 does not exist";
            case METHOD_NOT_ALLOWED -> "this path has GET, POST";
            case REQUEST_TIMEOUT -> "the body of the request did not come in time";
            case CONFLICT -> "node gpu-7 exists already";
            case GONE -> "events after revision 17 are not kept any more; read the records again";
            case PRECONDITION_FAILED -> "the record is at version 4, not at 3; read it again";
            case TOO_LARGE -> "the body is larger than the 1048576 bytes this server takes";
            case UNSUPPORTED_MEDIA_TYPE -> "send the body as JSON, with Content-Type: application/json";
            case UNPROCESSABLE -> "/steps/1/dependsOn: steps 1 and 2 wait for each other";
            case LIMITED -> "too many sign-ins that failed; wait 30 s";
            case INTERNAL -> "something went wrong here; the log has it under this requestId";
            case UNAVAILABLE -> "the store cannot be reached";
            case TIMEOUT -> "no answer in time; the work may or may not have been done: look first";
        };
    }

    private static String name(ProblemType type) {
        var name = new StringBuilder();
        for (String word : type.slug().split("-", -1)) {
            name.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
        }
        return name.toString();
    }
}
