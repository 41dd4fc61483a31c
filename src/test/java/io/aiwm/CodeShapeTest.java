package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What keeps the code readable, and a compiler does not see; docs/contributing.md says why. */
class CodeShapeTest {
    private static final Path MAIN = Path.of("src/main/java");
    private static final Path TESTS = Path.of("src/test/java");
    private static final int LINES_OF_A_FILE = 300;
    private static final int LINES_OF_A_VERTICLE = 150;
    private static final int LINES_OF_A_METHOD = 50;
    private static final int ARGUMENTS = 7;

    /** Longer for a reason that stands in their Javadoc. */
    private static final Set<String> LONG_FILES = Set.of("Config.java");

    /** Tests with processes: a class more would start them once more, so what needs the same ones is together. */
    private static final String WITH_PROCESSES = "IT.java";

    private static final TreeMap<String, List<Path>> FILES = new TreeMap<>();
    private static final List<String> LONG_METHODS = new ArrayList<>();
    private static final List<String> LONG_CALLS = new ArrayList<>();

    @BeforeAll
    static void read() throws IOException {
        List<Path> sources = sources(MAIN);
        for (Path source : sources) {
            FILES.computeIfAbsent(source.getFileName().toString(), name -> new ArrayList<>())
                    .add(source);
        }
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(sources));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                new Shape(unit, positions).scan(unit, null);
            }
        }
    }

    private static List<Path> sources(Path below) throws IOException {
        try (Stream<Path> all = Files.walk(below)) {
            return all.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("package-info.java"))
                    .toList();
        }
    }

    @Test
    void a_simple_name_is_that_of_one_class() {
        assertThat(FILES.values()).filteredOn(same -> same.size() > 1).isEmpty();
    }

    @Test
    void a_file_has_at_most_300_lines_and_a_verticle_150() throws IOException {
        var longer = new ArrayList<String>();
        for (List<Path> same : FILES.values()) {
            for (Path file : same) {
                String name = file.getFileName().toString();
                int most = name.endsWith("Verticle.java") ? LINES_OF_A_VERTICLE : LINES_OF_A_FILE;
                long lines = Files.readAllLines(file).size();
                if (lines > most && !LONG_FILES.contains(name)) {
                    longer.add(file + ": " + lines);
                }
            }
        }
        assertThat(longer).isEmpty();
    }

    @Test
    void a_file_of_tests_has_at_most_300_lines_too() throws IOException {
        var longer = new ArrayList<String>();
        for (Path file : sources(TESTS)) {
            String name = file.getFileName().toString();
            long lines = Files.readAllLines(file).size();
            if (lines > LINES_OF_A_FILE && !name.endsWith(WITH_PROCESSES)) {
                longer.add(file + ": " + lines);
            }
        }
        assertThat(longer).as("split by subject, with what both need in a rig").isEmpty();
    }

    @Test
    void a_method_has_at_most_50_lines() {
        assertThat(LONG_METHODS).isEmpty();
    }

    @Test
    void a_constructor_is_called_with_at_most_seven_arguments() {
        assertThat(LONG_CALLS).isEmpty();
    }

    private static final class Shape extends TreeScanner<Void, Void> {
        private final CompilationUnitTree unit;
        private final SourcePositions positions;

        Shape(CompilationUnitTree unit, SourcePositions positions) {
            this.unit = unit;
            this.positions = positions;
        }

        @Override
        public Void visitMethod(MethodTree method, Void nothing) {
            if (method.getBody() != null) {
                long lines = 1
                        + line(positions.getEndPosition(unit, method.getBody()))
                        - line(positions.getStartPosition(unit, method.getBody()));
                if (lines > LINES_OF_A_METHOD) {
                    LONG_METHODS.add(at(method) + " " + method.getName() + ": " + lines);
                }
            }
            return super.visitMethod(method, null);
        }

        @Override
        public Void visitNewClass(NewClassTree made, Void nothing) {
            if (made.getArguments().size() > ARGUMENTS) {
                LONG_CALLS.add(at(made) + " " + made.getIdentifier() + ": "
                        + made.getArguments().size());
            }
            return super.visitNewClass(made, null);
        }

        private String at(Tree tree) {
            return Path.of(unit.getSourceFile().toUri()).getFileName() + ":"
                    + line(positions.getStartPosition(unit, tree));
        }

        private long line(long position) {
            return unit.getLineMap().getLineNumber(position);
        }
    }
}
