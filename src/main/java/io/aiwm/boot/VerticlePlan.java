package io.aiwm.boot;

import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What verticles.json asks for in one mode: names in start order, each with its deployment options. */
public record VerticlePlan(List<Entry> entries) {
    private static final String FILE_NAME = "verticles.json";
    private static final int MOST_INSTANCES = 64;
    /** Verticles without state between two events. Every other verticle runs once. */
    private static final List<String> MAY_BE_SEVERAL = List.of("HttpApiVerticle", "ProxyVerticle");

    private static final Set<String> MODES = Arrays.stream(Config.Mode.values())
            .map(mode -> mode.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    private static final List<String> OPTIONS =
            List.of("instances", "threadingModel", "workerPoolName", "workerPoolSize");

    /** One verticle of the plan. */
    public record Entry(String name, DeploymentOptions options) {}

    /** The text of a plan and where it was found, before it is checked. */
    public record Source(String name, String text) {}

    /**
     * Finds the file: the one named, else verticles.json in the working directory, else beside the jar, else the one in
     * the jar.
     *
     * @param named null when the operator named none
     */
    public static Source find(Path named) {
        try {
            if (named != null) {
                return new Source(named.toString(), Files.readString(named));
            }
            for (Path folder : List.of(Path.of(""), besideJar())) {
                Path file = folder.resolve(FILE_NAME);
                if (Files.isRegularFile(file)) {
                    return new Source(file.toString(), Files.readString(file));
                }
            }
            return inJar();
        } catch (IOException unreadable) {
            throw new StartFailure("cannot read the verticles file " + (named == null ? FILE_NAME : named));
        }
    }

    private static Source inJar() throws IOException {
        try (InputStream inJar = VerticlePlan.class.getResourceAsStream("/" + FILE_NAME)) {
            return new Source(FILE_NAME, new String(inJar.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** Every verticle that a mode has, as the plan in the jar says. */
    private static Set<String> all(String mode) {
        try {
            return parse(inJar()).getJsonObject(mode).fieldNames();
        } catch (IOException unreadable) {
            throw new StartFailure("cannot read the " + FILE_NAME + " in the jar");
        }
    }

    /** Fails with every mistake in the file. A mode in the file that lacks one of its verticles is a mistake too. */
    public static void check(Source source, Config.Mode mode) {
        var mistakes = new ConfigErrors();
        read(source, mode, VerticlePlan::all, mistakes);
        JsonObject file = parse(source);
        for (String name : file.fieldNames()) {
            if (MODES.contains(name) && file.getValue(name) instanceof JsonObject verticles) {
                all(name).stream()
                        .filter(verticle -> !verticles.containsKey(verticle))
                        .forEach(verticle ->
                                mistakes.add(name + "." + verticle + " is missing: what it does would not be done"));
            }
        }
        mistakes.throwIfAny(source.name());
    }

    /** Returns the verticles of its mode that this plan leaves out. */
    List<String> missing(Config.Mode mode) {
        return all(word(mode)).stream()
                .filter(name -> entries.stream().noneMatch(entry -> entry.name().equals(name)))
                .toList();
    }

    private static String word(Config.Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads the whole file and returns the plan of one mode. Every mistake is reported at once.
     *
     * @param known names that mean something in this mode; null: names are not checked
     */
    public static VerticlePlan read(Source source, Config.Mode mode, Collection<String> known) {
        var mistakes = new ConfigErrors();
        VerticlePlan plan = read(source, mode, name -> name.equals(word(mode)) ? known : null, mistakes);
        mistakes.throwIfAny(source.name());
        return plan;
    }

    /** @param known names that mean something in a mode; null: names are not checked there */
    private static VerticlePlan read(
            Source source, Config.Mode mode, Function<String, Collection<String>> known, ConfigErrors mistakes) {
        JsonObject file = parse(source);
        String wanted = word(mode);
        var entries = new ArrayList<Entry>();
        for (String name : file.fieldNames()) {
            if (!MODES.contains(name)) {
                mistakes.add(name + " is no mode" + ConfigErrors.nearest(name, MODES));
            } else if (!(file.getValue(name) instanceof JsonObject verticles)) {
                mistakes.add(name + " must map names of verticles to their options");
            } else {
                List<Entry> read = readMode(name, verticles, known.apply(name), mistakes);
                if (name.equals(wanted)) {
                    entries.addAll(read);
                }
            }
        }
        if (!file.containsKey(wanted)) {
            mistakes.add("it says nothing about mode " + wanted);
        }
        return new VerticlePlan(List.copyOf(entries));
    }

    /** Deploys one after the other, in file order, and stops at the first that fails, naming it. */
    public Future<Deployed> deploy(Vertx vertx, Map<String, Supplier<Deployable>> catalog) {
        var ids = new ArrayDeque<String>();
        Future<Void> done = Future.succeededFuture();
        for (Entry entry : entries) {
            done = done.compose(ok -> vertx.deployVerticle(catalog.get(entry.name()), entry.options())
                    .onSuccess(ids::push)
                    .transform(deployed -> deployed.succeeded()
                            ? Future.succeededFuture()
                            : Future.failedFuture(failureOf(entry, deployed.cause()))));
        }
        return done.map(ok -> new Deployed(vertx, ids));
    }

    /** Verticles that run, to be stopped in the reverse order of their start. */
    public record Deployed(Vertx vertx, Deque<String> ids) {
        /** Stops all of them; one that fails to stop does not keep the others up. */
        public Future<Void> undeploy() {
            Future<Void> done = Future.succeededFuture();
            for (String id : ids) {
                done = done.eventually(() -> vertx.undeploy(id));
            }
            return done;
        }
    }

    private static RuntimeException failureOf(Entry entry, Throwable cause) {
        return cause instanceof StartFailure known
                ? known
                : new IllegalStateException(entry.name() + " did not start: " + cause.getMessage(), cause);
    }

    private static JsonObject parse(Source source) {
        try {
            return new JsonObject(source.text());
        } catch (DecodeException | ClassCastException malformed) {
            throw new StartFailure(source.name() + " is not a JSON object: "
                    + String.valueOf(malformed.getMessage()).lines().findFirst().orElse(""));
        }
    }

    private static List<Entry> readMode(
            String mode, JsonObject verticles, Collection<String> known, ConfigErrors mistakes) {
        var entries = new ArrayList<Entry>();
        for (String name : verticles.fieldNames()) {
            String at = mode + "." + name;
            if (known != null && !known.contains(name)) {
                mistakes.add(at + " is no verticle" + ConfigErrors.nearest(name, known) + " (known here: "
                        + String.join(", ", known.stream().sorted().toList()) + ")");
            }
            if (verticles.getValue(name) instanceof JsonObject options) {
                DeploymentOptions read = options(at, options, mistakes);
                if (read.getInstances() > 1 && !MAY_BE_SEVERAL.contains(name)) {
                    mistakes.add(at + ".instances must be 1: it keeps the state of its work itself, and a second one"
                            + " would do that work again (more than one may run: "
                            + String.join(", ", MAY_BE_SEVERAL) + ")");
                }
                entries.add(new Entry(name, read));
            } else {
                mistakes.add(at + " must be an object of options, {} for none");
            }
        }
        return entries;
    }

    private static DeploymentOptions options(String at, JsonObject json, ConfigErrors mistakes) {
        var options = new DeploymentOptions();
        for (String option : json.fieldNames()) {
            Object value = json.getValue(option);
            String where = at + "." + option;
            switch (option) {
                case "instances" -> options.setInstances(count(where, value, mistakes));
                case "workerPoolSize" -> options.setWorkerPoolSize(count(where, value, mistakes));
                case "workerPoolName" -> {
                    if (value instanceof String name && !name.isBlank()) {
                        options.setWorkerPoolName(name);
                    } else {
                        mistakes.add(where + " must be a name");
                    }
                }
                case "threadingModel" -> options.setThreadingModel(threadingModel(where, value, mistakes));
                default ->
                    mistakes.add(where + " is no option" + ConfigErrors.nearest(option, OPTIONS) + " (known: "
                            + String.join(", ", OPTIONS) + ")");
            }
        }
        return options;
    }

    private static int count(String where, Object value, ConfigErrors mistakes) {
        if (value instanceof Integer count && count >= 1 && count <= MOST_INSTANCES) {
            return count;
        }
        mistakes.add(where + " must be a whole number from 1 to " + MOST_INSTANCES + ", not " + value);
        return 1;
    }

    private static ThreadingModel threadingModel(String where, Object value, ConfigErrors mistakes) {
        return switch (String.valueOf(value)) {
            case "EVENT_LOOP" -> ThreadingModel.EVENT_LOOP;
            case "WORKER" -> ThreadingModel.WORKER;
            case "VIRTUAL_THREAD" -> {
                int java = Runtime.version().feature();
                if (java < 21) {
                    mistakes.add(where + " is VIRTUAL_THREAD, which needs Java 21, and this is Java " + java);
                }
                yield java < 21 ? ThreadingModel.EVENT_LOOP : ThreadingModel.VIRTUAL_THREAD;
            }
            default -> {
                mistakes.add(where + " must be EVENT_LOOP, WORKER or VIRTUAL_THREAD, not " + value);
                yield ThreadingModel.EVENT_LOOP;
            }
        };
    }

    private static Path besideJar() {
        String classPath = System.getProperty("java.class.path", "");
        Path jar = classPath.endsWith(".jar") && !classPath.contains(":")
                ? Path.of(classPath).toAbsolutePath().getParent()
                : null;
        return jar == null ? Path.of("") : jar;
    }
}
