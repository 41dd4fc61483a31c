package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** What the fields of a tool mean together. Pure. */
final class ToolRules {
    /** Of one connection, of the message itself, or set for each call. */
    private static final Pattern OURS =
            Pattern.compile("(?i)host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect"
                    + "|proxy-.*|idempotency-key|accept-encoding|mcp-.*|last-event-id");

    private static final Pattern BODY = Pattern.compile("(?i)content-type|accept");
    private static final Pattern CREDENTIAL = Pattern.compile("(?i)authorization|cookie");
    private static final String AUTHORIZATION = "authorization";

    private ToolRules() {}

    /** Fails with UNPROCESSABLE naming everything that is wrong. @param unknown of operationIds those that no tool can call */
    static void refuse(ToolRequest wanted, UnaryOperator<List<String>> unknown) {
        var errors = new ArrayList<FieldError>();
        kinds(wanted, errors);
        InputSchema.check(wanted.input(), errors);
        if (wanted.http() != null) {
            http(wanted, errors);
        }
        if (wanted.mcp() != null) {
            mcp(wanted.mcp(), errors);
        }
        if (wanted.aiwm() != null) {
            for (String id : unknown.apply(wanted.aiwm().operations())) {
                errors.add(new FieldError("/aiwm/operations", id + " is no operation that a tool can call"));
            }
        }
        if (wanted.retries() != null && wanted.retries() > 0 && !wanted.isIdempotent()) {
            errors.add(
                    new FieldError("/retries", "must be 0 unless the tool is idempotent: a call may have been done"));
        }
        if (!errors.isEmpty()) {
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE,
                    errors.get(0).pointer() + ": " + errors.get(0).detail(),
                    errors);
        }
    }

    private static void kinds(ToolRequest wanted, List<FieldError> errors) {
        boolean own = wanted.kind() == Tool.Kind.HTTP || wanted.kind() == Tool.Kind.JOB;
        if (own && wanted.input() == null) {
            errors.add(new FieldError("/input", "is needed by a tool of this kind"));
        } else if (!own && wanted.input() != null) {
            errors.add(new FieldError(
                    "/input",
                    "is not for a tool of kind " + wanted.kind().wire() + ": what is called says what it takes"));
        }
        boolean sends = wanted.kind() == Tool.Kind.HTTP || wanted.kind() == Tool.Kind.MCP;
        if (!sends && wanted.authorization() != null) {
            errors.add(new FieldError("/authorization", "is for tools of the kinds http and mcp"));
        }
        if (wanted.secretHeaders() != null) {
            if (!sends && !wanted.secretHeaders().isEmpty()) {
                errors.add(new FieldError("/secretHeaders", "is for tools of the kinds http and mcp"));
            }
            secretHeaders(wanted, errors);
        }
        var given = new LinkedHashMap<Tool.Kind, Object>();
        given.put(Tool.Kind.HTTP, wanted.http());
        given.put(Tool.Kind.MCP, wanted.mcp());
        given.put(Tool.Kind.AIWM, wanted.aiwm());
        given.put(Tool.Kind.JOB, wanted.job());
        for (Map.Entry<Tool.Kind, Object> each : given.entrySet()) {
            boolean needed = each.getKey() == wanted.kind();
            if (needed && each.getValue() == null) {
                errors.add(new FieldError("/" + each.getKey().wire(), "is needed by a tool of this kind"));
            } else if (!needed && each.getValue() != null) {
                errors.add(new FieldError(
                        "/" + each.getKey().wire(),
                        "is not for a tool of kind " + wanted.kind().wire()));
            }
        }
    }

    private static void mcp(Tool.Mcp mcp, List<FieldError> errors) {
        if ((mcp.url() == null) == (mcp.deployment() == null)) {
            errors.add(new FieldError("/mcp", "needs either url or deployment"));
        } else if (mcp.url() != null) {
            var template = new UrlTemplate(mcp.url());
            String mistake = template.names().isEmpty() ? template.mistake() : "takes no arguments";
            if (mistake != null) {
                errors.add(new FieldError("/mcp/url", mistake));
            }
            if (mcp.path() != null) {
                errors.add(new FieldError("/mcp/path", "is for a deployment; it is part of url"));
            }
        }
    }

    private static void http(ToolRequest wanted, List<FieldError> errors) {
        var template = new UrlTemplate(wanted.http().url());
        String mistake = template.mistake();
        if (mistake != null) {
            errors.add(new FieldError("/http/url", mistake));
        }
        Object properties = wanted.input() == null ? null : wanted.input().getValue("properties");
        for (String name : template.names()) {
            if (!(properties instanceof JsonObject known) || !known.containsKey(name)) {
                errors.add(new FieldError("/http/url", "uses the argument " + name + ", which /input does not have"));
            }
        }
        for (String name : plainHeaders(wanted)) {
            String field = "/http/headers/" + name;
            if (OURS.matcher(name).matches()) {
                errors.add(new FieldError(field, "is set by AIWM, or is of one connection alone"));
            } else if (CREDENTIAL.matcher(name).matches()) {
                errors.add(new FieldError(
                        field, "would show its value: name a stored secret in authorization or secretHeaders"));
            }
        }
    }

    private static Set<String> plainHeaders(ToolRequest wanted) {
        return wanted.http() == null || wanted.http().headers() == null
                ? Set.of()
                : wanted.http().headers().keySet();
    }

    private static void secretHeaders(ToolRequest wanted, List<FieldError> errors) {
        var names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        names.addAll(plainHeaders(wanted));
        for (String name : wanted.secretHeaders().keySet()) {
            String field = "/secretHeaders/" + name;
            if (OURS.matcher(name).matches() || BODY.matcher(name).matches()) {
                errors.add(new FieldError(field, "is set by AIWM, or is of one connection alone"));
            } else if (name.equalsIgnoreCase(AUTHORIZATION)) {
                errors.add(new FieldError(field, "is named in the field authorization"));
            } else if (!names.add(name)) {
                errors.add(new FieldError(field, "is given twice"));
            }
        }
    }
}
