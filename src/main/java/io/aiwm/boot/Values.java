package io.aiwm.boot;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The value of every setting in this process, and where each value came from. */
final class Values {

    /** One value as it was found: its text, list or mapping, and the place in words. */
    record Found(Object raw, String source) {}

    static final String DEFAULT = "default";

    private final Config.Mode mode;
    private final Map<Setting<?>, Found> found;
    private final Map<Setting<?>, Object> read = new HashMap<>();
    private final ConfigErrors mistakes;

    Values(Config.Mode mode, Map<Setting<?>, Found> found, ConfigErrors mistakes) {
        this.mode = mode;
        this.found = new LinkedHashMap<>(found);
        this.mistakes = mistakes;
    }

    Config.Mode mode() {
        return mode;
    }

    /** Returns the value or the default. If the given value is wrong, notes the mistake once and returns the default. */
    <T> T get(Setting<T> setting) {
        if (!read.containsKey(setting)) {
            read.put(setting, readOrNote(setting));
        }
        @SuppressWarnings("unchecked") // only readOrNote(Setting<T>) puts a value under a Setting<T>
        T value = (T) read.get(setting);
        return value;
    }

    boolean isSet(Setting<?> setting) {
        return found.containsKey(setting);
    }

    String source(Setting<?> setting) {
        return isSet(setting) ? found.get(setting).source() : DEFAULT;
    }

    /** Notes that a well-formed value is not allowed, with the place where it was given. */
    void refuse(Setting<?> setting, String why) {
        mistakes.add(setting.key() + " (" + source(setting) + ") " + why);
    }

    /** Returns one printed line for each setting, or only for those that were set. */
    List<String> lines(boolean all) {
        return Settings.ALL.stream()
                .filter(setting -> all || isSet(setting))
                .map(this::line)
                .toList();
    }

    private <T> String line(Setting<T> setting) {
        return setting.key() + ": " + setting.show(get(setting)) + "  # " + source(setting);
    }

    private <T> T readOrNote(Setting<T> setting) {
        if (isSet(setting)) {
            Object raw = found.get(setting).raw();
            if (setting.secret() && Setting.MASK.equals(raw)) {
                refuse(setting, "is what 'config print' shows in place of a secret: give the secret itself");
                return setting.byDefault(this);
            }
            try {
                return setting.kind().read().apply(raw);
            } catch (IllegalArgumentException wrong) {
                refuse(setting, wrong.getMessage());
            }
        }
        return setting.byDefault(this);
    }
}
