package io.aiwm.controller.inference;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.inference.route.GatewayConfig.Weighted;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * All aliases as one map: name to targets, or to targets and fallback. The word {@code fallback} is no alias; it is what aliases that
 * give targets alone fall back to.
 */
public final class AliasMap {
    private static final String FALLBACK = "fallback";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9._:/-]{0,126}[A-Za-z0-9])?");

    private AliasMap() {}

    /** Fails with UNPROCESSABLE naming a name that none can have. @param body as the contract allows */
    public static Map<String, AliasRequest> of(JsonObject body) {
        List<String> common = texts(body.getJsonArray(FALLBACK));
        var wanted = new LinkedHashMap<String, AliasRequest>();
        for (String name : body.fieldNames()) {
            if (name.equals(FALLBACK)) {
                continue;
            }
            if (!NAME.matcher(name).matches()) {
                throw Failure.unprocessable(
                        "/" + name.replace("~", "~0").replace("/", "~1"),
                        "is no name of an alias: 1 to 128 letters, digits and . _ : / - in between");
            }
            Object is = body.getValue(name);
            wanted.put(
                    name,
                    is instanceof JsonArray targets
                            ? new AliasRequest(targets(targets), without(name, common))
                            : Json.decode(((JsonObject) is).encode(), AliasRequest.class));
        }
        return wanted;
    }

    /** What all fall back to does not fall back to itself. */
    private static List<String> without(String name, List<String> common) {
        return common.stream().filter(to -> !to.equals(name)).toList();
    }

    private static List<Weighted> targets(JsonArray targets) {
        return targets.stream()
                .map(JsonObject.class::cast)
                .map(one -> new Weighted(one.getString("to"), one.getInteger("weight")))
                .toList();
    }

    private static List<String> texts(JsonArray array) {
        return array == null
                ? List.of()
                : array.stream().map(String.class::cast).toList();
    }
}
