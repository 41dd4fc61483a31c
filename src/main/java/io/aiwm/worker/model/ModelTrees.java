package io.aiwm.worker.model;

import io.aiwm.common.FileTrees;
import io.aiwm.common.Json;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.ModelDigest;
import io.aiwm.protocol.ModelFile;
import io.aiwm.protocol.NodeModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The models that are here as a whole. One of one file is {@code <name>}, described by {@code <name>.json}, as versions
 * before kept it; a version is the folder {@code .versions/<name>/<version>}, described by {@code <version>.json} beside it.
 * The files are hard links to {@link ContentFiles}. A model is here as soon as its description is, which is written last;
 * when it was used last is the time of the description. All methods block.
 */
final class ModelTrees {
    /** Describes a model of one file. */
    record Info(String url, String sha256, long sizeBytes, Boolean pinned) {}

    /** Describes a version. */
    record Manifest(List<ModelFile> files, Boolean pinned) {}

    private static final String JSON = ".json";

    private final Path folder;
    private final Path versions;
    private final ContentFiles contents;

    ModelTrees(Path folder, ContentFiles contents) {
        this.folder = folder;
        this.versions = folder.resolve(".versions");
        this.contents = contents;
    }

    /** Null when it is not here as a whole. @param version null: the one of one file */
    CachedModel find(String name, String version) throws IOException {
        Path about = about(name, version);
        if (!Files.exists(about)) {
            return null;
        }
        return version == null ? file(name, about) : tree(name, version, about);
    }

    private CachedModel file(String name, Path about) throws IOException {
        Path path = folder.resolve(name);
        Info info = Files.exists(path) ? DiskJson.read(about, Info.class) : null;
        if (info == null) {
            return null;
        }
        Map<String, Long> content =
                Sha256.isHex(info.sha256) ? Map.of(info.sha256.toLowerCase(Locale.ROOT), info.sizeBytes) : Map.of();
        return new CachedModel(name, null, info.sha256, info.url, standing(info.pinned, about), content, path);
    }

    private CachedModel tree(String name, String version, Path about) throws IOException {
        Path path = versions.resolve(name).resolve(version);
        Manifest manifest = Files.isDirectory(path) ? DiskJson.read(about, Manifest.class) : null;
        if (manifest == null) {
            return null;
        }
        var content = new HashMap<String, Long>();
        manifest.files.forEach(file -> content.put(file.sha256(), file.sizeBytes()));
        String digest = ModelDigest.of(manifest.files);
        return new CachedModel(name, version, digest, null, standing(manifest.pinned, about), content, path);
    }

    List<CachedModel> all() throws IOException {
        var all = new ArrayList<CachedModel>();
        for (String name : described(folder)) {
            addIfHere(all, name, null);
        }
        for (Path model : list(versions)) {
            for (String version : described(model)) {
                addIfHere(all, model.getFileName().toString(), version);
            }
        }
        return all;
    }

    private void addIfHere(List<CachedModel> all, String name, String version) throws IOException {
        CachedModel held = find(name, version);
        if (held != null) {
            all.add(held);
        }
    }

    /** Makes a content the model of one file, in place of what there was. */
    CachedModel publish(String name, Info info) throws IOException {
        PrivateFiles.folder(folder);
        Path beside = folder.resolve("." + name + "-" + UUID.randomUUID());
        Files.createLink(beside, contents.blob(info.sha256));
        // a rename between two links of the same file would do nothing, and leave both
        Files.deleteIfExists(folder.resolve(name));
        Files.move(beside, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        DiskJson.write(about(name, null), Json.encode(info));
        return find(name, null);
    }

    /** Makes contents a version; one that is here already stays. */
    CachedModel publish(String name, String version, Manifest manifest) throws IOException {
        Path model = PrivateFiles.folder(PrivateFiles.folders(versions).resolve(name));
        Path making = model.resolve("." + version + "-" + UUID.randomUUID());
        PrivateFiles.folders(making);
        for (ModelFile file : manifest.files) {
            Path link = making.resolve(file.path());
            PrivateFiles.folders(link.getParent());
            Files.createLink(link, contents.blob(file.sha256()));
        }
        try (Stream<Path> made = Files.walk(making)) {
            for (Path one : made.filter(Files::isDirectory).toList()) {
                ContentFiles.readable(one, "rwxr-xr-x");
            }
        }
        Path place = model.resolve(version);
        FileTrees.delete(place); // without its description it is what a crash left
        Files.move(making, place, StandardCopyOption.ATOMIC_MOVE);
        DiskJson.write(about(name, version), Json.encode(manifest));
        return find(name, version);
    }

    /** Pins it or not; when it was used last stays as it is. */
    void pin(CachedModel held, boolean pinned) throws IOException {
        Path about = about(held.name(), held.version());
        if (held.version() == null) {
            Info info = DiskJson.read(about, Info.class);
            DiskJson.write(about, Json.encode(new Info(info.url, info.sha256, info.sizeBytes, pinned ? true : null)));
        } else {
            Manifest manifest = DiskJson.read(about, Manifest.class);
            DiskJson.write(about, Json.encode(new Manifest(manifest.files, pinned ? true : null)));
        }
        used(held.name(), held.version(), held.lastUsedAt());
    }

    void used(String name, String version, Instant at) throws IOException {
        Files.setLastModifiedTime(about(name, version), FileTime.from(at));
    }

    /** Its contents stay, for others that have them. */
    void delete(String name, String version) throws IOException {
        Files.deleteIfExists(about(name, version));
        if (version == null) {
            Files.deleteIfExists(folder.resolve(name));
            return;
        }
        Path model = versions.resolve(name);
        FileTrees.delete(model.resolve(version));
        if (list(model).isEmpty()) {
            Files.deleteIfExists(model);
        }
    }

    /** Takes in what a version before left, and removes what a crash left. */
    void recover() throws IOException {
        for (CachedModel held : all()) {
            if (held.version() == null && !held.contents().isEmpty()) {
                contents.adopt(held.path(), held.contents().keySet().iterator().next());
            }
        }
        for (Path model : list(versions)) {
            for (Path one : list(model)) {
                String name = one.getFileName().toString();
                if (Files.isDirectory(one) && !Files.exists(model.resolve(name + JSON))) {
                    FileTrees.delete(one);
                }
            }
        }
    }

    private Path about(String name, String version) {
        return version == null
                ? folder.resolve(name + JSON)
                : versions.resolve(name).resolve(version + JSON);
    }

    private static CachedModel.Standing standing(Boolean pinned, Path about) throws IOException {
        Instant usedAt = Files.getLastModifiedTime(about).toInstant().truncatedTo(ChronoUnit.MILLIS);
        return new CachedModel.Standing(Boolean.TRUE.equals(pinned), usedAt);
    }

    /** Names of what is described in a folder. */
    private static List<String> described(Path folder) throws IOException {
        return list(folder).stream()
                .map(path -> path.getFileName().toString())
                .filter(file -> file.endsWith(JSON))
                .map(file -> file.substring(0, file.length() - JSON.length()))
                .filter(name -> name.equals(NodeModel.nameOf(name)))
                .toList();
    }

    private static List<Path> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }
}
