package io.aiwm.cli;

import io.aiwm.boot.ClusterKeyFile;
import io.aiwm.boot.Config;
import io.aiwm.boot.Config.Mode;
import io.aiwm.boot.ConfigLoader;
import io.aiwm.boot.StartFailure;
import io.aiwm.boot.VerticlePlan;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** Reads the command line. Answers commands such as {@code config print} itself, and passes a mode to {@link Runner}. */
public final class Cli {
    /** Returned instead of an exit code while a mode runs. */
    public static final int KEEPS_RUNNING = -1;

    /** Starts one mode. Returns when it runs; throws {@link StartFailure} if it cannot start. */
    @FunctionalInterface
    public interface Runner {
        void run(ConfigLoader.Loaded configuration, VerticlePlan.Source verticles);
    }

    private final Map<String, String> environment;
    private final Runner runner;
    private final InputStream in;
    private final PrintWriter out;
    private final PrintWriter err;

    public Cli(Map<String, String> environment, Runner runner, PrintStream out, PrintStream err) {
        this(environment, runner, System.in, out, err);
    }

    /** @param in what a command reads that takes its input from there */
    Cli(Map<String, String> environment, Runner runner, InputStream in, PrintStream out, PrintStream err) {
        this.environment = Map.copyOf(environment);
        this.runner = runner;
        this.in = in;
        this.out = new PrintWriter(out, true, StandardCharsets.UTF_8);
        this.err = new PrintWriter(err, true, StandardCharsets.UTF_8);
    }

    /** Runs the command; returns its exit code: 0, 1 for a failure, 2 for an invalid command line, others as {@link ApiFailure} has them. */
    public int execute(String... arguments) {
        var line = new CommandLine(Commands.rootFor(arguments))
                .setOut(out)
                .setErr(err)
                .setExecutionStrategy(this::dispatch);
        line.setParameterExceptionHandler((wrong, given) -> complain(UsageError.sentence(wrong), StartFailure.USAGE));
        line.setExecutionExceptionHandler((cause, command, parsed) -> cause instanceof StartFailure known
                ? complain(known.getMessage(), known.exitCode)
                : complain(String.valueOf(cause.getMessage()), StartFailure.FAILED));
        line.setUsageHelpWidth(110);
        int code = line.execute(arguments);
        out.flush();
        err.flush();
        return code;
    }

    private int dispatch(ParseResult parsed) {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        CommandLine command = last.commandSpec().commandLine();
        if (last.isUsageHelpRequested()) {
            command.usage(out);
            return 0;
        }
        if (last.isVersionHelpRequested()) {
            return version();
        }
        String name = last.commandSpec().qualifiedName();
        if (ClientCommands.has(name)) {
            return new ClientCommands(environment, in, out, err).run(name, last);
        }
        try {
            return run(name, last, command);
        } catch (StartFailure failure) {
            return complain(failure.getMessage(), failure.exitCode);
        }
    }

    private int run(String name, ParseResult parsed, CommandLine command) {
        switch (name) {
            case "aiwm version" -> {
                return version();
            }
            case "aiwm config print" -> {
                var loaded = load(mode(parsed), parsed);
                boolean all = parsed.matchedOptionValue(Commands.EFFECTIVE, false);
                (all ? loaded.effective() : loaded.changed()).forEach(out::println);
                if (!all && loaded.changed().isEmpty()) {
                    out.println("# nothing is set, every setting has its default; --effective shows them");
                }
                return 0;
            }
            case "aiwm config check" -> {
                var loaded = load(mode(parsed), parsed);
                VerticlePlan.check(verticles(parsed), loaded.config().mode());
                out.println("The configuration of mode " + Commands.word(mode(parsed)) + " is valid; "
                        + loaded.changed().size() + " settings are set, the others have their defaults.");
                return 0;
            }
            case "aiwm cluster key" -> {
                Config config = load(Mode.CONTROLLER, parsed).config();
                boolean rotate = parsed.matchedOptionValue(Commands.ROTATE, false);
                boolean dropOld = parsed.matchedOptionValue(Commands.DROP_OLD, false);
                out.println(
                        rotate
                                ? ClusterKeyFile.rotate(config)
                                : dropOld ? ClusterKeyFile.dropOld(config) : ClusterKeyFile.print(config));
                return 0;
            }
            case "aiwm completion" -> {
                return completion(parsed.matchedPositionalValue(0, ""));
            }
            case "aiwm health" -> {
                out.println(Health.ask(load(Mode.CONTROLLER, parsed).config().http()));
                return 0;
            }
            case "aiwm controller", "aiwm worker", "aiwm standalone" -> {
                Mode mode = Mode.valueOf(parsed.commandSpec().name().toUpperCase(Locale.ROOT));
                runner.run(load(mode, parsed), verticles(parsed));
                return KEEPS_RUNNING;
            }
            default -> {
                command.usage(err);
                return StartFailure.USAGE;
            }
        }
    }

    private int completion(String shell) {
        if (!Commands.SHELLS.contains(shell)) {
            return complain("completion is for " + String.join(" or ", Commands.SHELLS), StartFailure.USAGE);
        }
        out.println(AutoComplete.bash("aiwm", new CommandLine(Commands.root())));
        return 0;
    }

    private int version() {
        String version = Cli.class.getPackage().getImplementationVersion();
        out.println("aiwm " + (version == null ? "development" : version) + ", Java " + Runtime.version());
        return 0;
    }

    private ConfigLoader.Loaded load(Mode mode, ParseResult parsed) {
        var flags = new HashMap<String, String>();
        parsed.matchedOptions().stream()
                .filter(option -> option.userObject() instanceof String)
                .forEach(option -> flags.put((String) option.userObject(), option.getValue()));
        return ConfigLoader.load(
                mode,
                new ConfigLoader.Sources(
                        parsed.matchedOptionValue(Commands.CONFIG, (Path) null),
                        environment,
                        flags,
                        parsed.unmatched()));
    }

    private VerticlePlan.Source verticles(ParseResult parsed) {
        Path named = parsed.matchedOptionValue(Commands.VERTICLES, (Path) null);
        String variable = environment.getOrDefault("AIWM_VERTICLES", "");
        return VerticlePlan.find(named == null && !variable.isBlank() ? Path.of(variable) : named);
    }

    private static Mode mode(ParseResult parsed) {
        String wanted = parsed.matchedOptionValue(Commands.MODE, "standalone");
        try {
            return Mode.valueOf(wanted.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw new CommandLine.ParameterException(
                    parsed.commandSpec().commandLine(),
                    "unknown mode " + wanted + ": it is controller, worker or standalone",
                    unknown);
        }
    }

    private int complain(String sentence, int exitCode) {
        err.println("aiwm: " + sentence);
        return exitCode;
    }
}
