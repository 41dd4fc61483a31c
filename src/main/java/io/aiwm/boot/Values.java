package io.aiwm.boot;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What every setting is in this process, and where each value came from. */
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

    /** The value, or the default; where the value given is wrong, a mistake is noted once and the default stands in. */
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

    /** Notes that a value, though well formed, cannot be, naming where it stands. */
    void refuse(Setting<?> setting, String why) {
        mistakes.add(setting.key() + " (" + source(setting) + ") " + why);
    }

    /** What stands in one printed line: every setting, or only those that were set. */
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
