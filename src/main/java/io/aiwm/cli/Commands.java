package io.aiwm.cli;

import io.aiwm.boot.Config.Mode;
import io.aiwm.boot.ConfigLoader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The commands and options that {@link Cli} understands, with their help texts. */
final class Commands {
    static final String CONFIG = "--config";
    static final String VERTICLES = "--verticles";
    static final String MODE = "--mode";
    static final String EFFECTIVE = "--effective";
    static final String ROTATE = "--rotate";
    static final String DROP_OLD = "--drop-old";

    /** That {@code completion} knows. */
    static final List<String> SHELLS = List.of("bash", "zsh");

    private Commands() {}

    /** Returns the command {@code aiwm} with all its subcommands. */
    static CommandSpec root() {
        return rootWith(subcommands());
    }

    /**
     * Returns the command {@code aiwm} for these arguments: where they begin with the name of a subcommand, with that one alone. To
     * make all of them takes a tenth of the time that a controller needs to start.
     */
    static CommandSpec rootFor(String... arguments) {
        var all = subcommands();
        String first = arguments.length == 0 ? "" : arguments[0];
        return rootWith(all.containsKey(first) ? Map.of(first, all.get(first)) : all);
    }

    private static CommandSpec rootWith(Map<String, Supplier<CommandSpec>> subcommands) {
        var root = CommandSpec.create().name("aiwm").mixinStandardHelpOptions(false);
        root.usageMessage()
                .description("AIWM, the AI Workload Manager: one jar, as controller, as worker, or as both.");
        root.addOption(help());
        root.addOption(OptionSpec.builder("-V", "--version")
                .type(boolean.class)
                .versionHelp(true)
                .description("Prints the version.")
                .build());
        subcommands.forEach((name, spec) -> root.addSubcommand(name, spec.get()));
        return root;
    }

    /** By name, in the order of the help. */
    private static Map<String, Supplier<CommandSpec>> subcommands() {
        var all = new LinkedHashMap<String, Supplier<CommandSpec>>();
        for (Mode mode : Mode.values()) {
            all.put(word(mode), () -> modeSpec(mode));
        }
        all.put("config", Commands::configSpec);
        all.put("cluster", Commands::clusterSpec);
        all.put("version", Commands::versionSpec);
        all.put("completion", Commands::completionSpec);
        all.put("health", Commands::healthSpec);
        all.putAll(ClientCommands.all());
        return all;
    }

    private static CommandSpec configSpec() {
        var spec = CommandSpec.create().addOption(help());
        spec.usageMessage().description("Shows or checks the configuration.");
        spec.addSubcommand("print", printSpec());
        spec.addSubcommand("check", checkSpec());
        return spec;
    }

    private static CommandSpec clusterSpec() {
        var spec = CommandSpec.create().addOption(help());
        spec.usageMessage().description("Looks after the cluster that controllers and bus workers form.");
        spec.addSubcommand("key", keySpec());
        return spec;
    }

    private static CommandSpec versionSpec() {
        var spec = CommandSpec.create().addOption(help());
        spec.usageMessage().description("Prints the version.");
        return spec;
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

    private static CommandSpec completionSpec() {
        var spec = CommandSpec.create().addOption(help());
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .required(true)
                .type(String.class)
                .paramLabel("SHELL")
                .completionCandidates(SHELLS)
                .description("bash or zsh.")
                .build());
        spec.usageMessage()
                .description("Prints what completes commands and options in a shell.")
                .footer("", "Example: source <(aiwm completion bash)");
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

    /** Returns the mode as it is written on the command line. */
    static String word(Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }
}
