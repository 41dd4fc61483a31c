package io.aiwm.testing;

import io.aiwm.common.Sha256;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * What a fleet has left behind: containers, volumes and networks on the engine, files that are half written in data folders
 * and model caches, objects that no record names, and temporary files.
 */
final class Leftovers {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Folders of a data folder in which there is something only while it is worked on. */
    private static final List<String> WORKED_ON = List.of(
            "objects/.unfinished",
            "objects/.uploads",
            "incoming",
            "worker/models/.parts",
            "worker/jobs",
            "worker/processes");

    /** What is beside a file or a folder until it is whole. */
    private static final Pattern HALF = Pattern.compile(
            ".*\\.(tmp|part|partial)|\\..*-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

    private final AiwmFleet fleet;
    private final Path folder;
    private final Set<String> volumesBefore;
    private final Set<String> networksBefore;

    Leftovers(AiwmFleet fleet, Path folder) {
        this.fleet = fleet;
        this.folder = folder;
        boolean engine = TestImages.engineAnswers();
        volumesBefore = engine ? Set.copyOf(docker("volume", "ls", "-q")) : Set.of();
        networksBefore = engine ? Set.copyOf(docker("network", "ls", "-q", "--no-trunc")) : Set.of();
    }

    void none() {
        try {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(250))
                    .until(() -> all().isEmpty());
        } catch (org.awaitility.core.ConditionTimeoutException late) {
            List<String> left = all();
            if (!left.isEmpty()) {
                throw new AssertionError("left behind:\n  " + String.join("\n  ", left), late);
            }
        }
    }

    private List<String> all() {
        var left = new ArrayList<String>();
        TestImages.ids(System.getenv("DOCKER_HOST"), "aiwm.cluster=" + fleet.cluster, false)
                .forEach(id -> left.add("container " + id));
        // those that containers use are theirs, or those of another class that runs at the same time
        docker("volume", "ls", "-q", "--filter", "dangling=true").stream()
                .filter(name -> !volumesBefore.contains(name))
                .forEach(name -> left.add("volume " + name));
        docker("network", "ls", "-q", "--no-trunc").stream()
                .filter(id -> !networksBefore.contains(id))
                .forEach(id -> left.add("network " + id));
        try {
            inFolders(left);
            objects(left);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
        return left;
    }

    private void inFolders(List<String> left) throws IOException {
        var processes = new ArrayList<>(fleet.workers.keySet());
        processes.add("controller");
        for (String process : processes) {
            Path data = fleet.dataOf(process);
            for (String one : WORKED_ON) {
                files(data.resolve(one)).forEach(path -> left.add("unfinished " + name(path)));
            }
            files(data).stream()
                    .filter(path -> isHalf(data.relativize(path)))
                    .forEach(path -> left.add("half " + name(path)));
            files(folder.resolve(process).resolve(AiwmProcess.TEMPORARY))
                    .forEach(path -> left.add("temporary " + name(path)));
        }
    }

    private static boolean isHalf(Path path) {
        for (Path part : path) {
            if (HALF.matcher(part.toString()).matches()) {
                return true;
            }
        }
        return false;
    }

    /** Objects are told by their content, as a version's files are. */
    private void objects(List<String> left) throws IOException {
        Path objects = fleet.dataOf("controller").resolve("objects");
        Set<String> known = contents();
        for (Path object : files(objects)) {
            boolean hidden = objects.relativize(object).getName(0).toString().startsWith(".");
            if (!hidden && !known.contains(digest(object))) {
                left.add("object " + name(object));
            }
        }
    }

    private Set<String> contents() {
        var known = new HashSet<String>();
        for (JsonObject model : items("/api/models")) {
            for (JsonObject version : items("/api/models/" + model.getString("id") + "/versions")) {
                version.getJsonArray("files", new JsonArray())
                        .forEach(file -> known.add(((JsonObject) file).getString("sha256")));
            }
        }
        return known;
    }

    private List<JsonObject> items(String path) {
        return fleet.api.expect(200, fleet.api.get(path)).getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private static String digest(Path object) throws IOException {
        try {
            return Sha256.hex(object);
        } catch (NoSuchFileException gone) {
            return "";
        }
    }

    private String name(Path path) {
        return folder.relativize(path).toString();
    }

    private static List<String> docker(String... command) {
        return TestImages.words(TestImages.run(System.getenv("DOCKER_HOST"), null, command));
    }

    /** All files in a folder and below. What goes meanwhile is not there. */
    private static List<Path> files(Path in) throws IOException {
        if (!Files.isDirectory(in)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(in)) {
            return all.filter(Files::isRegularFile).toList();
        } catch (UncheckedIOException gone) {
            return files(in);
        }
    }
}
