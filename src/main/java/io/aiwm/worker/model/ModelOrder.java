package io.aiwm.worker.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.ModelCommand;
import io.aiwm.protocol.ModelDigest;
import io.aiwm.protocol.ModelFile;
import io.aiwm.protocol.ModelSource;
import io.aiwm.protocol.ModelUrl;
import io.aiwm.protocol.NodeModel;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Which model is wanted on this node, and where its files are; checked, whatever was sent.
 *
 * @param version null: a model of one file
 * @param pinned null: stays as it is
 * @param files empty: what is here already is wanted
 */
record ModelOrder(String name, String version, Boolean pinned, List<Content> files) {
    static final int MOST_FILES = 1_024;
    private static final int MOST_SOURCES = 16;
    private static final int MOST_HEADERS = 16;
    private static final int LONGEST = 8_192;
    /** With it begin paths of objects that the controller itself serves. */
    private static final String OBJECTS = "/objects/";

    private static final Pattern HEADER = Pattern.compile("[A-Za-z][A-Za-z0-9-]{0,63}");
    private static final Pattern PATH_PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9 ._+@=,-]{0,199}");
    /** Set by the download itself. */
    private static final List<String> OURS =
            List.of("host", "range", "if-range", "connection", "content-length", "transfer-encoding", "te", "upgrade");

    /** @param path null in a model of one file. @param sha256 lower case; null: not known. @param sizeBytes null: not known */
    record Content(String path, String sha256, Long sizeBytes, List<Source> sources) {}

    /** @param waitMs how long a peer that does not have all of it yet is waited for */
    record Source(ModelSource.Kind kind, URI url, Map<String, String> headers, long waitMs) {
        @Override
        public String toString() {
            return kind + " " + url.getHost();
        }

        private Source at(URI controller) {
            if (url.isAbsolute()) {
                return this;
            }
            check(controller != null, "data.sources", "names the controller's store, and where that is, is not known");
            return new Source(kind, controller.resolve(url), headers, waitMs);
        }
    }

    /** With whole URLs where the controller's store is named by a path. @param controller null: not known */
    ModelOrder at(URI controller) {
        return new ModelOrder(
                name,
                version,
                pinned,
                files.stream()
                        .map(file -> new Content(
                                file.path,
                                file.sha256,
                                file.sizeBytes,
                                file.sources.stream()
                                        .map(source -> source.at(controller))
                                        .toList()))
                        .toList());
    }

    /** {@code name}, or {@code name@version}. */
    String ref() {
        return CachedModel.ref(name, version);
    }

    /** The digest that the model must have; null: whatever it has. */
    String digest() {
        if (version == null) {
            return files.isEmpty() ? null : files.get(0).sha256;
        }
        return files.isEmpty() ? null : ModelDigest.of(described());
    }

    List<ModelFile> described() {
        return files.stream()
                .map(file -> new ModelFile(file.path, file.sha256, file.sizeBytes, null))
                .toList();
    }

    /** Fails with {@code invalid} naming the field. */
    static ModelOrder of(JsonObject data) {
        try {
            return of(Json.decode(data, ModelCommand.class));
        } catch (Failure cause) {
            throw invalid("data", cause.getMessage());
        }
    }

    static ModelOrder of(ModelCommand said) {
        String name = name(said);
        String version = said.version() == null ? null : NodeModel.nameOf(said.version());
        check(said.version() == null || version != null, "data.version", "is not the name of a version");
        List<ModelFile> files = said.files() == null ? List.of() : said.files();
        check(files.isEmpty() || version != null, "data.version", "is missing; a model of several files has one");
        check(files.size() <= MOST_FILES, "data.files", "has more than " + MOST_FILES + " entries");
        if (!files.isEmpty()) {
            return new ModelOrder(name, version, said.pinned(), contents(files));
        }
        List<Source> sources = sources("data", said);
        check(said.sha256() == null || Sha256.isHex(said.sha256()), "data.sha256", "must be 64 hexadecimal digits");
        boolean known = said.sha256() != null;
        check(version == null || known || sources.isEmpty(), "data.sha256", "is missing; a version is known by it");
        check(said.sizeBytes() == null || said.sizeBytes() >= 0, "data.sizeBytes", "must not be negative");
        if (!known && sources.isEmpty()) {
            return new ModelOrder(name, version, said.pinned(), List.of());
        }
        String sha256 = known ? said.sha256().toLowerCase(Locale.ROOT) : null;
        String path = version == null ? null : name;
        return new ModelOrder(
                name, version, said.pinned(), List.of(new Content(path, sha256, said.sizeBytes(), sources)));
    }

    static String name(ModelCommand said) {
        String name = NodeModel.nameOf(NodeModel.nameOf(said.name(), said.id(), said.url()));
        check(
                name != null,
                "data.name",
                "is not a model's name: letters, digits, '.', '_', '-' and '/', beginning with a letter or digit, not"
                        + " ending in .part or .json");
        return name;
    }

    private static List<Content> contents(List<ModelFile> files) {
        var all = new ArrayList<Content>();
        var paths = new HashSet<String>();
        for (int i = 0; i < files.size(); i++) {
            ModelFile file = files.get(i);
            String at = "data.files[" + i + "]";
            check(file != null, at, "is missing");
            check(isPath(file.path()), at + ".path", "is not a relative path of plain names");
            check(paths.add(file.path()), at + ".path", "is there twice");
            check(Sha256.isHex(file.sha256()), at + ".sha256", "must be 64 hexadecimal digits");
            check(file.sizeBytes() != null && file.sizeBytes() >= 0, at + ".sizeBytes", "is missing or negative");
            all.add(new Content(
                    file.path(),
                    file.sha256().toLowerCase(Locale.ROOT),
                    file.sizeBytes(),
                    sources(at, file.sources(), null, null)));
        }
        for (String path : paths) {
            for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
                check(!paths.contains(path.substring(0, slash)), "data.files", "has a file and a folder of one name");
            }
        }
        return List.copyOf(all);
    }

    private static boolean isPath(String path) {
        return path != null
                && path.length() <= 512
                && !path.endsWith("/")
                && List.of(path.split("/", -1)).stream()
                        .allMatch(part -> PATH_PART.matcher(part).matches());
    }

    private static List<Source> sources(String at, ModelCommand said) {
        return sources(at, said.sources(), said.url(), said.authorization());
    }

    private static List<Source> sources(String at, List<ModelSource> said, String url, String authorization) {
        var all = new ArrayList<Source>();
        List<ModelSource> asked = said == null ? List.of() : said;
        check(asked.size() <= MOST_SOURCES, at + ".sources", "has more than " + MOST_SOURCES + " entries");
        for (int i = 0; i < asked.size(); i++) {
            ModelSource one = asked.get(i);
            String here = at + ".sources[" + i + "]";
            check(one != null && one.kind() != null, here + ".kind", "must be peer, store or origin");
            long waitMs = one.waitMs() == null ? 0 : Math.max(0, one.waitMs());
            boolean ofController = one.kind() == ModelSource.Kind.store
                    && one.url() != null
                    && one.url().startsWith(OBJECTS);
            URI where = ofController ? path(here, one.url()) : url(here, one.url());
            all.add(new Source(one.kind(), where, headers(here, one.headers()), waitMs));
        }
        if (url != null) {
            Map<String, String> headers = authorization == null ? Map.of() : Map.of("Authorization", authorization);
            all.add(new Source(ModelSource.Kind.origin, url(at, url), headers(at, headers), 0));
        }
        return List.copyOf(all);
    }

    private static URI url(String at, String text) {
        String mistake = ModelUrl.mistake(text == null ? "" : text);
        check(mistake == null && text.length() <= LONGEST, at + ".url", mistake == null ? "is too long" : mistake);
        return URI.create(text.strip());
    }

    private static URI path(String at, String text) {
        try {
            check(text.length() <= LONGEST, at + ".url", "is too long");
            return new URI(text);
        } catch (URISyntaxException cause) {
            throw invalid(at + ".url", "is not a URL");
        }
    }

    private static Map<String, String> headers(String at, Map<String, String> said) {
        if (said == null) {
            return Map.of();
        }
        check(said.size() <= MOST_HEADERS, at + ".headers", "has more than " + MOST_HEADERS + " entries");
        said.forEach((name, value) -> {
            boolean good = HEADER.matcher(name).matches()
                    && !OURS.contains(name.toLowerCase(Locale.ROOT))
                    && value != null
                    && value.length() <= LONGEST
                    && value.chars().allMatch(c -> c >= ' ' && c < 127);
            check(good, at + ".headers", "has a name or value that cannot be sent");
        });
        return Map.copyOf(said);
    }

    private static void check(boolean good, String field, String problem) {
        if (!good) {
            throw invalid(field, problem);
        }
    }

    private static CommandFailure invalid(String field, String problem) {
        return new CommandFailure(ErrorCategory.INVALID, field + " " + problem);
    }
}
