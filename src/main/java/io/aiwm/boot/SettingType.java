package io.aiwm.boot;

import io.aiwm.common.Sizes;
import io.aiwm.protocol.ModelUrl;
import io.netty.util.NetUtil;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How one setting is written: reads what a file, a variable or a flag holds and says what is wrong with it.
 *
 * @param what the form in words, for the documentation and for complaints
 * @param read from a text, list or mapping; throws IllegalArgumentException, whose message follows the setting's name
 * @param show the inverse, for {@code config print}
 */
record SettingType<T>(String what, Function<Object, T> read, Function<T, String> show) {
    private static final Pattern AMOUNT = Pattern.compile("(-?\\d+)\\s*([A-Za-z]*)");
    private static final Map<String, Long> MILLIS =
            Map.of("", 1L, "ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

    static SettingType<String> text() {
        return scalar("text", text -> text, text -> text);
    }

    /** One word of a fixed list, in upper or lower case. */
    static SettingType<String> word(String... allowed) {
        List<String> words = List.of(allowed);
        String what = String.join(", ", words);
        return scalar(
                what,
                text -> {
                    String word = text.toLowerCase(Locale.ROOT);
                    require(words.contains(word), "must be one of " + what + ", not '" + text + "'");
                    return word;
                },
                word -> word);
    }

    /** An IP address (not a name), or one given word. */
    static SettingType<String> addressOr(String word) {
        return scalar(
                "IP address, or " + word,
                text -> {
                    boolean address = NetUtil.isValidIpV4Address(text) || NetUtil.isValidIpV6Address(text);
                    require(address || text.equals(word), "must be an IP address or " + word + ", not '" + text + "'");
                    return text;
                },
                text -> text);
    }

    static <E extends Enum<E>> SettingType<E> choice(Class<E> type) {
        SettingType<String> word = word(Arrays.stream(type.getEnumConstants())
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toArray(String[]::new));
        return new SettingType<>(
                word.what,
                raw -> Enum.valueOf(type, word.read.apply(raw).toUpperCase(Locale.ROOT)),
                value -> value.name().toLowerCase(Locale.ROOT));
    }

    static SettingType<Boolean> flag() {
        return scalar(
                "true or false",
                text -> switch (text.toLowerCase(Locale.ROOT)) {
                    case "true", "yes", "on", "1" -> true;
                    case "false", "no", "off", "0" -> false;
                    default -> throw new IllegalArgumentException("must be true or false, not '" + text + "'");
                },
                String::valueOf);
    }

    static SettingType<Integer> integer(int least, int most) {
        return scalar(
                "number from " + least + " to " + most,
                text -> {
                    long value = number(text);
                    require(value >= least && value <= most, "must be from " + least + " to " + most + ", not " + text);
                    return Math.toIntExact(value);
                },
                String::valueOf);
    }

    static SettingType<Double> decimal(double least) {
        return scalar(
                "number, at least " + least,
                text -> {
                    double value;
                    try {
                        value = Double.parseDouble(text);
                    } catch (NumberFormatException notANumber) {
                        throw new IllegalArgumentException("must be a number, not '" + text + "'", notANumber);
                    }
                    require(Double.isFinite(value) && value >= least, "must be at least " + least + ", not " + text);
                    return value;
                },
                String::valueOf);
    }

    /** {@code 30s}, {@code 5m}, {@code 250ms}; a bare number counts milliseconds, as in the origins. */
    static SettingType<Duration> duration(String least, String most) {
        Duration from = Duration.ofMillis(millis(least));
        Duration to = Duration.ofMillis(millis(most));
        return scalar(
                "duration from " + least + " to " + most,
                text -> {
                    Duration value = Duration.ofMillis(millis(text));
                    require(
                            value.compareTo(from) >= 0 && value.compareTo(to) <= 0,
                            "must be from " + least + " to " + most + ", not " + showMillis(value)
                                    + " (a bare number is milliseconds; write 30s, 5m, 2h)");
                    return value;
                },
                SettingType::showMillis);
    }

    /** As {@link Sizes}. */
    static SettingType<Long> bytes(String least, String most) {
        long from = Sizes.parse(least);
        long to = Sizes.parse(most);
        return scalar(
                "size from " + least + " to " + most,
                text -> {
                    long value = Sizes.parse(text);
                    require(value >= from && value <= to, "must be from " + least + " to " + most + ", not " + text);
                    return value;
                },
                String::valueOf);
    }

    static SettingType<Path> path() {
        return scalar("path", text -> Path.of(text).toAbsolutePath().normalize(), Path::toString);
    }

    /** A server that requests go to. */
    static SettingType<URI> httpUrl() {
        return scalar("http(s) URL", SettingType::webUrl, URI::toString);
    }

    private static URI webUrl(String text) {
        String mistake = ModelUrl.mistake(text);
        if (mistake != null) {
            throw new IllegalArgumentException(mistake);
        }
        return URI.create(text.strip());
    }

    /** Where a worker finds its controller; {@code http(s)://host:port} is accepted and means its {@code /ws/node}. */
    static SettingType<URI> controllerUrl() {
        return scalar("ws(s) or http(s) URL", SettingType::webSocketUrl, URI::toString);
    }

    /** {@code http(s)://host} or {@code http(s)://host:port}, and nothing behind it. */
    static SettingType<URI> serverUrl() {
        return scalar("http(s) URL of a server", SettingType::serverUrl, URI::toString);
    }

    private static URI serverUrl(String text) {
        String wrong = "must be http(s)://host or http(s)://host:port, not '" + text + "'";
        try {
            var url = new URI(text);
            boolean server = url.getHost() != null
                    && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
                    && url.getRawUserInfo() == null
                    && (url.getRawPath().isEmpty() || url.getRawPath().equals("/"))
                    && url.getRawQuery() == null
                    && url.getRawFragment() == null;
            require(server, wrong);
            return url;
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException(wrong, malformed);
        }
    }

    /** A YAML list, or texts with commas between. */
    static SettingType<List<String>> list() {
        return new SettingType<>(
                "list",
                raw -> {
                    require(!(raw instanceof Map), "must be a list, not a mapping");
                    List<?> parts = raw instanceof List<?> given
                            ? given
                            : Arrays.asList(raw.toString().split(","));
                    return parts.stream()
                            .map(part -> part.toString().strip())
                            .filter(part -> !part.isEmpty())
                            .toList();
                },
                parts -> String.join(",", parts));
    }

    /** A list of IP addresses and networks. */
    static SettingType<List<Network>> networks() {
        SettingType<List<String>> texts = list();
        return new SettingType<>(
                "list",
                raw -> texts.read.apply(raw).stream().map(Network::of).toList(),
                networks -> networks.stream().map(Network::toString).collect(Collectors.joining(",")));
    }

    /** A YAML mapping, or {@code a=b,c=d}. */
    static SettingType<Map<String, String>> labels() {
        return new SettingType<>(
                "a=b,c=d",
                raw -> {
                    var labels = new LinkedHashMap<String, String>();
                    if (raw instanceof Map<?, ?> given) {
                        given.forEach((name, value) -> labels.put(name.toString(), String.valueOf(value)));
                        return Map.copyOf(labels);
                    }
                    for (String pair : list().read.apply(raw)) {
                        int equals = pair.indexOf('=');
                        require(equals > 0, "must be written a=b,c=d, not '" + pair + "'");
                        labels.put(
                                pair.substring(0, equals).strip(),
                                pair.substring(equals + 1).strip());
                    }
                    return Map.copyOf(labels);
                },
                labels -> {
                    var pairs = labels.entrySet().stream()
                            .map(entry -> entry.getKey() + "=" + entry.getValue())
                            .sorted()
                            .toList();
                    return String.join(",", pairs);
                });
    }

    static <T> SettingType<T> scalar(String what, Function<String, T> read, Function<T, String> show) {
        return new SettingType<>(
                what,
                raw -> {
                    require(!(raw instanceof Map || raw instanceof List), "must be a single value (" + what + ")");
                    return read.apply(raw.toString().strip());
                },
                show);
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("must be a whole number, not '" + text + "'", notANumber);
        }
    }

    private static long millis(String text) {
        var amount = AMOUNT.matcher(text);
        Long unit = amount.matches() ? MILLIS.get(amount.group(2).toLowerCase(Locale.ROOT)) : null;
        require(unit != null, "must be a duration such as 30s, 5m or 250ms, not '" + text + "'");
        try {
            return Math.multiplyExact(number(amount.group(1)), unit);
        } catch (ArithmeticException tooLong) {
            throw new IllegalArgumentException("is too long a time: " + text, tooLong);
        }
    }

    private static String showMillis(Duration value) {
        long millis = value.toMillis();
        if (millis % 60_000 == 0 && millis != 0) {
            return millis % 3_600_000 == 0 ? millis / 3_600_000 + "h" : millis / 60_000 + "m";
        }
        return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
    }

    private static URI webSocketUrl(String text) {
        URI given;
        try {
            given = URI.create(text);
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException("is not a URL: '" + text + "'", malformed);
        }
        String scheme = given.getScheme() == null ? "" : given.getScheme().toLowerCase(Locale.ROOT);
        String path = given.getRawPath() == null ? "" : given.getRawPath().replaceAll("/+$", "");
        String webSocket = switch (scheme) {
            case "ws", "http" -> "ws";
            case "wss", "https" -> "wss";
            default -> "";
        };
        require(
                !webSocket.isEmpty() && given.getHost() != null,
                "must be a URL such as wss://host/ws/node or https://host, not '" + text + "'");
        return URI.create(webSocket + "://" + given.getRawAuthority() + (path.isEmpty() ? "/ws/node" : path));
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
