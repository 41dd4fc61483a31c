package io.aiwm.controller.secret;

import io.aiwm.protocol.ContainerSpec.RegistryAuth;
import io.aiwm.protocol.ImageRegistry;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * Write-only values: stored, given to the worker, and shown as {@link #MASK}. These are passwords of registries and
 * environment variables that are secret: those that {@code secretEnv}, a map beside {@code env}, says are, and by default
 * those whose name or value looks so. Of URLs in fields named so ({@code url}, {@code uri}), neither user nor query is
 * shown to anyone; viewers are shown neither of the URLs in any text.
 *
 * <p>A caller who sends the mask back means "as it is stored". That holds only where there is a stored value of the same
 * meaning ({@link #restored}); everywhere else the mask is refused ({@link #refuse}).
 */
public final class SecretValues {
    public static final String MASK = "***";

    private static final String ENV = "env";
    private static final String SECRET_ENV = "secretEnv";
    private static final String AUTH = "registryAuth";
    private static final String PASSWORD = "password";
    private static final String HEADERS = "headers";
    private static final List<String> SHOWN_OF_AUTH = List.of("registry", "username", "secret");

    private static final String GIVE_VALUE =
            "is the mask of a secret, not a value: give the value. A stored one is kept only"
                    + " where there is one, while the image's registry stays the same and the variable stays secret";
    private static final String GIVE_PASSWORD =
            "is the mask of a secret, not a password: give the password. A stored one is"
                    + " kept only while registry, username and the image's registry stay the same";

    private SecretValues() {}

    /** What each field of an object is for whom it is shown to; null: as it is. */
    private enum Look {
        /** A container's, which an operator may send back: of its labels, nothing is hidden. */
        SPEC,
        /** Whatever a command needs, and there is no way to send it back: also hidden by the name of the field. */
        DATA,
        /** As DATA, and no variable's value is shown, nor the query of any URL in any text. */
        VIEWER
    }

    /** As operators see it: a copy of any JSON object that contains container specs, however deep, without secrets. */
    public static JsonObject masked(JsonObject json) {
        return masked(json, Look.SPEC);
    }

    /** As operators see the data of a command: values are hidden by the names of their fields as well. */
    public static JsonObject maskedData(JsonObject data) {
        return masked(data, Look.DATA);
    }

    /** As viewers see what operators see: variables by name alone, and texts without what their URLs carry. */
    public static JsonObject forViewer(JsonObject masked) {
        return masked(masked, Look.VIEWER);
    }

    private static JsonObject masked(JsonObject json, Look look) {
        var copy = new JsonObject();
        for (var field : json) {
            copy.put(
                    field.getKey(),
                    ENV.equals(field.getKey())
                            ? maskedEnv(field.getValue(), json.getValue(SECRET_ENV), look)
                            : masked(field.getKey(), field.getValue(), look));
        }
        return copy;
    }

    private static Object masked(String name, Object value, Look look) {
        if (value instanceof JsonObject object) {
            return AUTH.equals(name)
                    ? maskedAuth(object)
                    : look != Look.SPEC && HEADERS.equals(name) ? allMasked(object) : masked(object, look);
        }
        if (value instanceof JsonArray array) {
            var copy = new JsonArray();
            array.forEach(item -> copy.add(masked(name, item, look)));
            return copy;
        }
        if (!(value instanceof String text)) {
            return value;
        }
        if (look != Look.SPEC && SecretNames.soundsSecret(name)) {
            return MASK;
        }
        return look == Look.VIEWER || namesUrl(name) ? Urls.shown(text) : text;
    }

    /** Of what is sent with a request nobody can tell which header is a credential. */
    private static JsonObject allMasked(JsonObject headers) {
        var copy = new JsonObject();
        headers.forEach(header -> copy.put(header.getKey(), header.getValue() == null ? null : MASK));
        return copy;
    }

    private static boolean namesUrl(String name) {
        int last = name.length() - 3;
        return name.regionMatches(true, last, "url", 0, 3) || name.regionMatches(true, last, "uri", 0, 3);
    }

    private static JsonObject maskedAuth(JsonObject auth) {
        var copy = new JsonObject();
        auth.forEach(field -> copy.put(
                field.getKey(),
                field.getValue() == null || SHOWN_OF_AUTH.contains(field.getKey()) ? field.getValue() : MASK));
        return copy;
    }

    private static Object maskedEnv(Object env, Object marked, Look look) {
        if (!(env instanceof JsonObject variables)) {
            return env == null ? null : MASK;
        }
        var copy = new JsonObject();
        variables.forEach(variable -> {
            Object value = variable.getValue();
            boolean hidden = value != null
                    && (look == Look.VIEWER || isSecret(variable.getKey(), String.valueOf(value), marked));
            copy.put(variable.getKey(), hidden ? MASK : value);
        });
        return copy;
    }

    /** Whether something that cannot be hidden would be if it were a variable. */
    public static boolean looksSecret(String name, String value) {
        return isSecret(name, String.valueOf(value), null);
    }

    /** @param marked the {@code secretEnv} beside it, or null */
    private static boolean isSecret(String name, String value, Object marked) {
        if (marked instanceof JsonObject map && map.getValue(name) instanceof Boolean said) {
            return said;
        }
        return SecretNames.soundsSecret(name) || SecretNames.isSecretValue(value);
    }

    /**
     * What is asked for, with what is stored where it has the mask and the stored value has the same meaning: the image
     * is still of the same registry, a variable that was secret still is, and the password is for the same user of the
     * same registry. So nobody has a secret shown, or sent elsewhere, that they do not know. Any other mask stays.
     *
     * @param fresh and stored: objects with {@code image}, {@code env}, {@code secretEnv} and {@code registryAuth}
     */
    public static JsonObject restored(JsonObject fresh, JsonObject stored) {
        if (!Objects.equals(registryOf(fresh), registryOf(stored))) {
            return fresh;
        }
        JsonObject copy = fresh.copy();
        restoreEnv(copy, stored);
        restorePassword(copy.getJsonObject(AUTH), stored.getJsonObject(AUTH));
        return copy;
    }

    private static void restoreEnv(JsonObject fresh, JsonObject stored) {
        JsonObject env = fresh.getJsonObject(ENV);
        JsonObject before = stored.getJsonObject(ENV);
        if (env == null || before == null) {
            return;
        }
        for (String name : List.copyOf(env.fieldNames())) {
            if (MASK.equals(env.getValue(name)) && before.getValue(name) instanceof String value) {
                boolean was = isSecret(name, value, stored.getValue(SECRET_ENV));
                if (!was || isSecret(name, value, fresh.getValue(SECRET_ENV))) {
                    env.put(name, value);
                }
            }
        }
    }

    private static void restorePassword(JsonObject auth, JsonObject before) {
        if (auth != null
                && before != null
                && MASK.equals(auth.getValue(PASSWORD))
                && SHOWN_OF_AUTH.stream()
                        .allMatch(field -> Objects.equals(auth.getValue(field), before.getValue(field)))) {
            auth.put(PASSWORD, before.getValue(PASSWORD));
        }
    }

    private static String registryOf(JsonObject spec) {
        return spec.getValue("image") instanceof String image ? ImageRegistry.of(image) : null;
    }

    /**
     * The URL that is stored, where what is sent is how that is shown; else what is sent. One that ends with {@code ?}
     * has no query.
     */
    public static String restoredUrl(String fresh, String stored) {
        return fresh != null && stored != null && fresh.equals(Urls.shown(stored)) ? stored : fresh;
    }

    /** Names every mask that stands where a value should. @param wrong told the pointer, below the spec, and why */
    public static void refuse(Map<String, String> env, RegistryAuth auth, BiConsumer<String, String> wrong) {
        if (env != null) {
            env.forEach((name, value) -> {
                if (MASK.equals(value)) {
                    wrong.accept("/" + ENV + "/" + escaped(name), GIVE_VALUE);
                }
            });
        }
        if (auth != null && MASK.equals(auth.password())) {
            wrong.accept("/" + AUTH + "/" + PASSWORD, GIVE_PASSWORD);
        }
    }

    /** The same for any JSON in which container specs may stand, and for whatever a field's name says is secret. */
    public static void refuse(JsonObject data, BiConsumer<String, String> wrong) {
        refuse("", "", data, wrong);
    }

    private static void refuse(String at, String parent, JsonObject object, BiConsumer<String, String> wrong) {
        for (var field : object) {
            String name = field.getKey();
            String here = at + "/" + escaped(name);
            if (MASK.equals(field.getValue())
                    && (ENV.equals(parent) || AUTH.equals(parent) || SecretNames.soundsSecret(name))) {
                wrong.accept(here, GIVE_VALUE);
            }
            refuse(here, name, field.getValue(), wrong);
        }
    }

    private static void refuse(String at, String name, Object value, BiConsumer<String, String> wrong) {
        if (value instanceof JsonObject object) {
            refuse(at, name, object, wrong);
        } else if (value instanceof JsonArray array) {
            for (int i = 0; i < array.size(); i++) {
                refuse(at + "/" + i, name, array.getValue(i), wrong);
            }
        }
    }

    /** Names the variables that are marked and do not exist. @param wrong told the pointer, below the spec, and why */
    public static void checkMarks(
            Map<String, Boolean> marked, Map<String, String> env, BiConsumer<String, String> wrong) {
        if (marked != null) {
            marked.forEach((name, secret) -> {
                String at = "/" + SECRET_ENV + "/" + escaped(name);
                if (secret == null) {
                    wrong.accept(at, "must be true or false");
                } else if (env == null || !env.containsKey(name)) {
                    wrong.accept(at, "is no variable of env");
                }
            });
        }
    }

    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
