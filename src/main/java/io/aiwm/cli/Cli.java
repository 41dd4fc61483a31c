package io.aiwm.cli;

import io.aiwm.boot.ClusterKeyFile;
import io.aiwm.boot.Config;
import io.aiwm.boot.Config.Mode;
import io.aiwm.boot.ConfigLoader;
import io.aiwm.boot.StartFailure;
import io.aiwm.boot.VerticlePlan;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The command line: reads it, answers what can be answered at once, and hands a mode to be run to its caller. */
public final class Cli {
    /** Returned instead of an exit code while a mode runs. */
    public static final int KEEPS_RUNNING = -1;

    private static final String CONFIG = "--config";
    private static final String VERTICLES = "--verticles";
    private static final String MODE = "--mode";
    private static final String EFFECTIVE = "--effective";
    private static final String ROTATE = "--rotate";
    private static final String DROP_OLD = "--drop-old";

    /** Starts one mode; returns when it runs, throws {@link StartFailure} when it cannot. */
    @FunctionalInterface
    public interface Runner {
        void run(ConfigLoader.Loaded configuration, VerticlePlan.Source verticles);
    }

    private final Map<String, String> environment;
    private final Runner runner;
    private final PrintWriter out;
    private final PrintWriter err;

    public Cli(Map<String, String> environment, Runner runner, PrintStream out, PrintStream err) {
        this.environment = Map.copyOf(environment);
        this.runner = runner;
        this.out = new PrintWriter(out, true, StandardCharsets.UTF_8);
        this.err = new PrintWriter(err, true, StandardCharsets.UTF_8);
    }

    /** Runs the command; returns its exit code: 0, 1 for a failure, 2 for a command line nobody understands. */
    public int execute(String... arguments) {
        var root = CommandSpec.create().name("aiwm").mixinStandardHelpOptions(false);
        root.usageMessage()
                .description("AIWM, the AI Workload Manager: one jar, as controller, as worker, or as both.");
        root.addOption(help());
        root.addOption(OptionSpec.builder("-V", "--version")
                .type(boolean.class)
                .versionHelp(true)
                .description("Prints the version.")
                .build());
        for (Mode mode : Mode.values()) {
            root.addSubcommand(word(mode), modeSpec(mode));
        }
        var config = CommandSpec.create().addOption(help());
        config.usageMessage().description("Shows or checks the configuration.");
        config.addSubcommand("print", printSpec());
        config.addSubcommand("check", checkSpec());
        root.addSubcommand("config", config);
        var cluster = CommandSpec.create().addOption(help());
        cluster.usageMessage().description("Looks after the cluster that controllers and bus workers form.");
        cluster.addSubcommand("key", keySpec());
        root.addSubcommand("cluster", cluster);
        var version = CommandSpec.create().addOption(help());
        version.usageMessage().description("Prints the version.");
        root.addSubcommand("version", version);
        root.addSubcommand("health", healthSpec());

        var line = new CommandLine(root).setOut(out).setErr(err).setExecutionStrategy(this::dispatch);
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
        try {
            return run(last.commandSpec().qualifiedName(), last, command);
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
                boolean all = parsed.matchedOptionValue(EFFECTIVE, false);
                (all ? loaded.effective() : loaded.changed()).forEach(out::println);
                if (!all && loaded.changed().isEmpty()) {
                    out.println("# nothing is set, every setting has its default; --effective shows them");
                }
                return 0;
            }
            case "aiwm config check" -> {
                var loaded = load(mode(parsed), parsed);
                VerticlePlan.check(verticles(parsed), loaded.config().mode());
                out.println("The configuration of mode " + word(mode(parsed)) + " is valid; "
                        + loaded.changed().size() + " settings are set, the others have their defaults.");
                return 0;
            }
            case "aiwm cluster key" -> {
                Config config = load(Mode.CONTROLLER, parsed).config();
                boolean rotate = parsed.matchedOptionValue(ROTATE, false);
                boolean dropOld = parsed.matchedOptionValue(DROP_OLD, false);
                out.println(
                        rotate
                                ? ClusterKeyFile.rotate(config)
                                : dropOld ? ClusterKeyFile.dropOld(config) : ClusterKeyFile.print(config));
                return 0;
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
                        parsed.matchedOptionValue(CONFIG, (Path) null), environment, flags, parsed.unmatched()));
    }

    private VerticlePlan.Source verticles(ParseResult parsed) {
        Path named = parsed.matchedOptionValue(VERTICLES, (Path) null);
        String variable = environment.getOrDefault("AIWM_VERTICLES", "");
        return VerticlePlan.find(named == null && !variable.isBlank() ? Path.of(variable) : named);
    }

    private static Mode mode(ParseResult parsed) {
        String wanted = parsed.matchedOptionValue(MODE, "standalone");
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

    private static CommandSpec modeSpec(Mode mode) {
        var spec = withSettings(CommandSpec.create(), mode);
        spec.usageMessage()
                .footer("", "One file may serve both sides: settings of the other side are accepted and left alone.")
                .description(
                        switch (mode) {
                            case CONTROLLER -> "Runs a controller: the API, the engine and the gateway to the workers.";
                            case WORKER -> "Runs a worker: reports this machine and runs containers on it.";
                            case STANDALONE -> "Runs both in one process, with its state under --data-dir.";
                        });
        return spec;
    }

    private static CommandSpec printSpec() {
        var spec = withSettings(CommandSpec.create()).addOption(modeOption());
        spec.addOption(OptionSpec.builder(EFFECTIVE)
                .type(boolean.class)
                .description("Every setting, not only those that were set.")
                .build());
        spec.usageMessage().description("Prints the configuration, each value with its source; secrets are masked.");
        return spec;
    }

    private static CommandSpec checkSpec() {
        var spec = withSettings(CommandSpec.create()).addOption(modeOption());
        spec.usageMessage().description("Reports every mistake in the configuration and in verticles.json.");
        return spec;
    }

    private static CommandSpec keySpec() {
        var spec = withSettings(CommandSpec.create(), Mode.CONTROLLER);
        spec.addOption(OptionSpec.builder(ROTATE)
                .type(boolean.class)
                .description(
                        "Puts a new key before the present one; both count. Copy what is printed to every member, and"
                                + " restart each in turn.")
                .build());
        spec.addOption(OptionSpec.builder(DROP_OLD)
                .type(boolean.class)
                .description("Keeps the newest key alone. Copy and restart likewise.")
                .build());
        spec.usageMessage()
                .description(
                        "Prints the cluster key of this data directory, which other members need in a file of their"
                                + " own; makes it when there is none.");
        return spec;
    }

    private static CommandSpec healthSpec() {
        var spec = withSettings(CommandSpec.create());
        spec.usageMessage().description("Asks the controller on this machine whether it lives; exit code 0 if so.");
        return spec;
    }

    private static CommandSpec withSettings(CommandSpec spec) {
        return withSettings(spec, Mode.STANDALONE);
    }

    /** @param mode whose settings the help lists; every setting is understood */
    private static CommandSpec withSettings(CommandSpec spec, Mode mode) {
        // what is unknown is collected, so that it is reported together with every other mistake
        spec.parser().unmatchedArgumentsAllowed(true);
        spec.usageMessage().sortOptions(false).abbreviateSynopsis(true);
        spec.addOption(help());
        spec.addOption(OptionSpec.builder(CONFIG)
                .type(Path.class)
                .paramLabel("FILE")
                .description("The YAML file; otherwise conf/aiwm.yaml when it exists.")
                .build());
        spec.addOption(OptionSpec.builder(VERTICLES)
                .type(Path.class)
                .paramLabel("FILE")
                .description("Which verticles run; otherwise verticles.json here, beside the jar or in it.")
                .build());
        ConfigLoader.describeFlags().map(flag -> settingOption(flag, mode)).forEach(spec::addOption);
        return spec;
    }

    private static OptionSpec settingOption(ConfigLoader.Flag flag, Mode mode) {
        String[] names =
                flag.name().equals("--http-port") ? new String[] {flag.name(), "--port"} : new String[] {flag.name()};
        return OptionSpec.builder(names)
                .type(String.class)
                .arity(flag.isSwitch() ? "0..1" : "1")
                .fallbackValue("true")
                .paramLabel(flag.form().contains(" ") ? "VALUE" : flag.form().toUpperCase(Locale.ROOT))
                .description(flag.describe().replace("%", "%%"))
                .userObject(flag.name())
                .hidden(!flag.concerns(mode))
                .build();
    }

    private static OptionSpec modeOption() {
        return OptionSpec.builder(MODE)
                .type(String.class)
                .paramLabel("MODE")
                .description("controller, worker or standalone (the default).")
                .build();
    }

    private static OptionSpec help() {
        return OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Prints this help.")
                .build();
    }

    private static String word(Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }
}
