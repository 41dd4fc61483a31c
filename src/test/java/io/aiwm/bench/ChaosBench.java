package io.aiwm.bench;

import io.aiwm.testing.ChaosFault;
import io.aiwm.testing.ChaosReport;
import io.aiwm.testing.ChaosRun;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Three controllers, fifty hollow nodes, and one thing after the other that goes wrong, each on a fleet of its own;
 * {@code bench/run chaos} starts it. Prints one JSON line per fault, and what ought not to have happened on stderr.
 */
public final class ChaosBench {
    private static final int SHOWN = 20;

    private ChaosBench() {}

    /** Arguments: {@code --quick} for the size that tests have, {@code --all} for every violation, names of faults. */
    public static void main(String[] args) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err); // logs, so that nothing but the lines is on stdout
        var words = new ArrayList<>(Arrays.asList(args));
        boolean quick = words.remove("--quick");
        boolean all = words.remove("--all");
        List<ChaosFault> faults = words.isEmpty()
                ? List.of(ChaosFault.values())
                : words.stream()
                        .map(word ->
                                ChaosFault.valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_')))
                        .toList();
        boolean bad = false;
        for (ChaosFault fault : faults) {
            Path folder = Files.createTempDirectory("aiwm-chaos");
            ChaosReport report;
            try {
                report = ChaosRun.of(fault, quick, folder);
            } catch (AssertionError | RuntimeException failed) {
                System.err.println(fault.word() + " could not be run; logs in " + folder);
                failed.printStackTrace();
                bad = true;
                continue;
            }
            out.println(report.toJson().encode());
            report.violations().stream().limit(all ? Long.MAX_VALUE : SHOWN).forEach(System.err::println);
            System.err.println(fault.word() + ": " + report.violations().size() + " violations; logs in " + folder);
            bad |= !report.violations().isEmpty();
        }
        System.exit(bad ? 1 : 0);
    }
}
