package io.aiwm.controller.deployment;

import io.aiwm.protocol.ContainerSpec;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Which parts of a container spec are secret. They are stored and given to the worker, and never shown: every answer of
 * the API shows {@link #MASK} instead. A client that sends the mask back means "as it is".
 */
public final class Secrets {
    public static final String MASK = "***";
    /** To be found, not matched: words alone, each tried once at each place, so the time is linear in the name. */
    private static final Pattern KEY = Pattern.compile(
            "(?i)password|passwd|secret|token(?!s|iz)|credential|private|api_?key|access_?key|auth|_key$|^key$|_pass$|^pass$|dsn");

    private Secrets() {}

    /** Whether the value of this environment variable is to be hidden: by its name, or as a URL with a password. */
    static boolean isSecret(String key, String value) {
        return KEY.matcher(key).find() || (value != null && hasUrlWithPassword(value));
    }

    /**
     * {@code postgres://user:password@host}: secret under whatever name. Looks at no character more than three times,
     * however long the text: what is looked at before and after one {@code ://} ends where that of the next begins.
     */
    private static boolean hasUrlWithPassword(String text) {
        for (int at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
            if (endsInScheme(text, at) && beginsWithPassword(text, at + 3)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a letter, and after it nothing but what a scheme may hold, stands before this place. */
    private static boolean endsInScheme(String text, int end) {
        for (int i = end - 1; i >= 0; i--) {
            char c = text.charAt(i);
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
                return true;
            }
            if (!((c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-')) {
                return false;
            }
        }
        return false;
    }

    /** Whether {@code user:password@} stands here; the user may be empty, the password not. */
    private static boolean beginsWithPassword(String text, int from) {
        int colon = -1;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '@') {
                return colon >= 0 && i > colon + 1;
            }
            if (c == '/' || c == ' ' || (c >= '\t' && c <= '\r')) {
                return false;
            }
            if (c == ':' && colon < 0) {
                colon = i;
            }
        }
        return false;
    }

    /**
     * A copy without secrets of any JSON object that contains container specs: every {@code registryAuth} and every
     * {@code env}, however deep.
     */
    public static JsonObject masked(JsonObject json) {
        var copy = new JsonObject();
        for (var field : json) {
            copy.put(field.getKey(), masked(field.getKey(), field.getValue()));
        }
        return copy;
    }

    private static Object masked(String name, Object value) {
        if (value instanceof JsonArray array) {
            var copy = new JsonArray();
            array.forEach(item -> copy.add(masked("", item)));
            return copy;
        }
        if (!(value instanceof JsonObject object)) {
            return value;
        }
        return switch (name) {
            case "env" -> {
                var copy = new JsonObject();
                object.forEach(entry -> copy.put(
                        entry.getKey(),
                        isSecret(entry.getKey(), String.valueOf(entry.getValue())) ? MASK : entry.getValue()));
                yield copy;
            }
            case "registryAuth" ->
                object.getValue("password") == null ? object : object.copy().put("password", MASK);
            default -> masked(object);
        };
    }

    /** The new spec with the old one's secrets where the new one has the mask. */
    static ContainerSpec restored(ContainerSpec fresh, ContainerSpec stored) {
        Map<String, String> env = fresh.env();
        if (env != null && stored.env() != null && env.containsValue(MASK)) {
            env = new LinkedHashMap<>(env);
            env.replaceAll((key, value) -> {
                String before = stored.env().get(key);
                return MASK.equals(value) && before != null && isSecret(key, before) ? before : value;
            });
        }
        var auth = fresh.registryAuth();
        if (auth != null && MASK.equals(auth.password()) && stored.registryAuth() != null) {
            auth = new ContainerSpec.RegistryAuth(
                    auth.registry(), auth.username(), stored.registryAuth().password());
        }
        return new ContainerSpec(
                fresh.image(),
                fresh.command(),
                fresh.entrypoint(),
                env,
                fresh.ports(),
                fresh.volumes(),
                fresh.cpu(),
                fresh.memoryBytes(),
                fresh.gpus(),
                fresh.healthCheck(),
                fresh.restartPolicy(),
                fresh.restartMaxRetries(),
                fresh.labels(),
                fresh.runtime(),
                fresh.pullPolicy(),
                auth,
                fresh.networkMode(),
                fresh.privileged(),
                fresh.pidMode(),
                fresh.capAdd(),
                fresh.devices(),
                fresh.user(),
                fresh.readOnlyRoot(),
                fresh.pidsLimit());
    }
}
