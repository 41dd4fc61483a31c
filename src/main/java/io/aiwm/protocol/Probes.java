package io.aiwm.protocol;

import io.aiwm.common.Json;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * Looks that the worker takes at a container from outside the engine, and one rule for them, so that a controller refuses
 * at once what a worker would refuse later. Each may be null: there is no such probe.
 *
 * @param startup until it has succeeded the other two do not begin; the container is restarted when it fails
 * @param readiness while it fails the container gets no traffic
 * @param liveness the container is restarted when it fails
 */
public record Probes(Probe startup, Probe readiness, Probe liveness) {
    /** The capability of nodes whose worker takes them. One of a version before would call each container ready. */
    public static final String CAPABILITY = "container-probes";

    /** The fields of a probe of which it has one. */
    public static final List<String> KINDS = List.of("http", "tcp", "exec");

    private static final long LEAST_PERIOD_MS = 100;
    /** A process is started in the container each time. */
    private static final long LEAST_EXEC_PERIOD_MS = 500;

    private static final long MOST_PERIOD_MS = 3_600_000;
    private static final long MOST_DELAY_MS = 86_400_000;
    private static final long LEAST_TIMEOUT_MS = 50;
    private static final long MOST_TIMEOUT_MS = 60_000;
    private static final int MOST_THRESHOLD = 10_000;
    private static final int MOST_PATH = 2_000;
    private static final int MOST_HEADERS = 20;
    private static final int MOST_HEADER = 1_000;
    private static final int MOST_WORDS = 50;
    private static final int MOST_WORD = 4_000;
    private static final int MOST_TEXT = 16_384;

    private static final Pattern PATH = Pattern.compile("/[\\x21-\\x7e]*+");
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e]*+");
    /** What the client itself says, or what would make the answer another one than is looked for. */
    private static final Set<String> OWN_HEADERS =
            Set.of("connection", "content-length", "transfer-encoding", "upgrade", "expect", "te", "trailer");

    /**
     * One probe: exactly one of {@code http}, {@code tcp} and {@code exec}. What is null has the default.
     *
     * @param initialDelayMs from the start of the container; 0
     * @param periodMs 10 s
     * @param timeoutMs 1 s
     * @param successThreshold how often in a row it must succeed; 1
     * @param failureThreshold how often in a row it must fail; 3
     */
    @RecordBuilder
    public record Probe(
            Http http,
            Tcp tcp,
            Exec exec,
            Long initialDelayMs,
            Long periodMs,
            Long timeoutMs,
            Integer successThreshold,
            Integer failureThreshold) {

        /** One that asks for a path, and has the default of all else. */
        public static Probe http(int port, String path) {
            return ProbesProbeBuilder.builder()
                    .http(new Http(path, port, null, null))
                    .build();
        }

        /** The same with this rhythm. */
        public Probe every(long period, long timeout, int failures) {
            return ProbesProbeBuilder.builder(this)
                    .periodMs(period)
                    .timeoutMs(timeout)
                    .failureThreshold(failures)
                    .build();
        }

        public long delay() {
            return initialDelayMs == null ? 0 : initialDelayMs;
        }

        public long period() {
            return periodMs == null ? 10_000 : periodMs;
        }

        public long timeout() {
            return timeoutMs == null ? 1_000 : timeoutMs;
        }

        public int successes() {
            return successThreshold == null ? 1 : successThreshold;
        }

        public int failures() {
            return failureThreshold == null ? 3 : failureThreshold;
        }
    }

    /**
     * Succeeds with a status of 200 to 399; redirects are not followed.
     *
     * @param path with a query where wanted; null: /
     * @param port of the container
     * @param scheme http (default) or https, whose certificate is not checked
     */
    public record Http(String path, Integer port, Map<String, String> headers, String scheme) {
        /** In one order, so that the same headers are the same text. */
        public Http {
            headers = headers == null ? null : Collections.unmodifiableMap(new TreeMap<>(headers));
        }
    }

    /** Succeeds when a connection is taken. @param port of the container */
    public record Tcp(Integer port) {}

    /** Succeeds when the command ends with exit code 0. @param command without a shell */
    public record Exec(List<String> command) {}

    /** Whether there is none. */
    public boolean none() {
        return startup == null && readiness == null && liveness == null;
    }

    /**
     * Tells every mistake.
     *
     * @param networkMode of the container; null: the default
     * @param wrong takes the JSON pointer of the field and what is wrong with it
     */
    public void check(String networkMode, BiConsumer<String, String> wrong) {
        check("/startup", startup, true, networkMode, wrong);
        check("/readiness", readiness, false, networkMode, wrong);
        check("/liveness", liveness, true, networkMode, wrong);
        if (Json.toObject(this).encode().length() > MOST_TEXT) {
            wrong.accept("", "is larger than the " + MOST_TEXT + " characters that fit a label of the container");
        }
    }

    private static void check(
            String at, Probe probe, boolean once, String networkMode, BiConsumer<String, String> wrong) {
        if (probe == null) {
            return;
        }
        var kinds = new ArrayList<String>();
        if (probe.http() != null) {
            kinds.add("http");
            http(at + "/http", probe.http(), wrong);
        }
        if (probe.tcp() != null) {
            kinds.add("tcp");
            port(at + "/tcp/port", probe.tcp().port(), wrong);
        }
        if (probe.exec() != null) {
            kinds.add("exec");
            exec(at + "/exec/command", probe.exec().command(), wrong);
        }
        if (kinds.size() != 1) {
            wrong.accept(at, kinds.isEmpty() ? "needs http, tcp or exec" : "has more than one of http, tcp and exec");
        } else if ("none".equals(networkMode) && probe.exec() == null) {
            wrong.accept(at + "/" + kinds.get(0), "cannot be asked with networkMode none; take exec");
        }
        within(at + "/initialDelayMs", probe.delay(), 0, MOST_DELAY_MS, wrong);
        long least = probe.exec() == null ? LEAST_PERIOD_MS : LEAST_EXEC_PERIOD_MS;
        within(at + "/periodMs", probe.period(), least, MOST_PERIOD_MS, wrong);
        within(at + "/timeoutMs", probe.timeout(), LEAST_TIMEOUT_MS, MOST_TIMEOUT_MS, wrong);
        within(at + "/failureThreshold", probe.failures(), 1, MOST_THRESHOLD, wrong);
        within(at + "/successThreshold", probe.successes(), 1, once ? 1 : MOST_THRESHOLD, wrong);
    }

    private static void http(String at, Http http, BiConsumer<String, String> wrong) {
        port(at + "/port", http.port(), wrong);
        if (http.path() != null
                && (http.path().length() > MOST_PATH
                        || !PATH.matcher(http.path()).matches())) {
            wrong.accept(at + "/path", "must begin with / and be at most " + MOST_PATH + " visible ASCII characters");
        }
        if (http.scheme() != null
                && !http.scheme().equals("http")
                && !http.scheme().equals("https")) {
            wrong.accept(at + "/scheme", "must be http or https");
        }
        if (http.headers() != null && http.headers().size() > MOST_HEADERS) {
            wrong.accept(at + "/headers", "has more than " + MOST_HEADERS + " entries");
        } else if (http.headers() != null) {
            http.headers().forEach((name, value) -> header(at + "/headers/", name, value, wrong));
        }
    }

    private static void header(String at, String name, String value, BiConsumer<String, String> wrong) {
        String pointer = at + name.replace("~", "~0").replace("/", "~1");
        if (!HEADER.matcher(name).matches() || OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
            wrong.accept(pointer, "is not a header that can be given");
        } else if (value == null
                || value.length() > MOST_HEADER
                || !HEADER_VALUE.matcher(value).matches()) {
            wrong.accept(pointer, "must be at most " + MOST_HEADER + " ASCII characters on one line");
        }
    }

    private static void port(String at, Integer port, BiConsumer<String, String> wrong) {
        if (port == null) {
            wrong.accept(at, "is missing");
        } else {
            within(at, port, 1, 65_535, wrong);
        }
    }

    private static void exec(String at, List<String> command, BiConsumer<String, String> wrong) {
        if (command == null || command.isEmpty()) {
            wrong.accept(at, "needs at least one word");
        } else if (command.size() > MOST_WORDS) {
            wrong.accept(at, "has more than " + MOST_WORDS + " words");
        } else {
            for (int i = 0; i < command.size(); i++) {
                String word = command.get(i);
                if (word == null || word.length() > MOST_WORD || word.indexOf('\0') >= 0) {
                    wrong.accept(at + "/" + i, "must be at most " + MOST_WORD + " characters, none of them NUL");
                }
            }
        }
    }

    private static void within(String at, long value, long least, long most, BiConsumer<String, String> wrong) {
        if (value < least || value > most) {
            wrong.accept(at, least == most ? "must be " + least : "must be " + least + " to " + most);
        }
    }
}
