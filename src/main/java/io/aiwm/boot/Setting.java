package io.aiwm.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * One thing that can be set, under one name in four spellings: {@code http.maxBodyBytes} in the YAML file,
 * {@code AIWM_HTTP_MAX_BODY_BYTES} in the environment, {@code --http-max-body-bytes} as a flag.
 *
 * @param key the path in the YAML file
 * @param fallback the default as a text, for the documentation; null: none
 * @param derived the default computed from the others; null: {@code fallback} is read
 * @param secret masked wherever it is printed; can also be given as the name of a file
 * @param aliases further environment names, those of the programs AIWM came from
 */
record Setting<T>(
        String key,
        SettingType<T> kind,
        String fallback,
        Function<Values, T> derived,
        boolean secret,
        List<String> aliases,
        String about) {
    /** Printed in place of a secret. */
    static final String MASK = "********";

    static <T> Setting<T> setting(String key, SettingType<T> kind, String fallback, String about) {
        return new Setting<>(key, kind, fallback, null, false, List.of(), about);
    }

    static <T> Setting<T> derived(
            String key, SettingType<T> kind, String inWords, Function<Values, T> derived, String about) {
        return new Setting<>(key, kind, inWords, derived, false, List.of(), about);
    }

    Setting<T> also(String... names) {
        return new Setting<>(key, kind, fallback, derived, secret, List.of(names), about);
    }

    Setting<T> masked() {
        return new Setting<>(key, kind, fallback, derived, true, aliases, about);
    }

    /** Every variable that sets it, the strongest first. */
    List<String> variables() {
        var names = new ArrayList<String>();
        names.add("AIWM_" + snake(key).toUpperCase(Locale.ROOT));
        names.addAll(aliases);
        return names;
    }

    String flag() {
        return "--" + snake(key).replace('_', '-');
    }

    /** The spelling that {@code dataDir}, {@code data_dir} and {@code data-dir} share; dots stay as {@code _} too. */
    static String snake(String key) {
        return key.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                .replace('.', '_')
                .replace('-', '_')
                .toLowerCase(Locale.ROOT);
    }

    T byDefault(Values values) {
        if (derived != null) {
            return derived.apply(values);
        }
        return fallback == null ? null : kind.read().apply(fallback);
    }

    String show(T value) {
        if (value == null) {
            return "";
        }
        return secret ? MASK : kind.show().apply(value);
    }
}
