package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.common.Json;
import io.aiwm.controller.model.hub.Glob;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.protocol.ModelUrl;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is to be fetched: a repository of the hub, or URLs.
 *
 * @param name of the model, made when there is none; null: that of the repository
 * @param model id or name of a model that there is; null: by name
 * @param revision branch, tag or commit; null: main
 * @param include and exclude globs of paths; what both match is left out
 * @param alias that means the version once it is READY; null: none
 * @param token of the hub, instead of the one that is set; null: that one
 */
@RecordBuilder
public record DownloadRequest(
        String name,
        String model,
        ModelTask task,
        String repo,
        String revision,
        List<String> include,
        List<String> exclude,
        List<Source> urls,
        String alias,
        SecretRef token) {

    public DownloadRequest {
        include = include == null ? List.of() : List.copyOf(include);
        exclude = exclude == null ? List.of() : List.copyOf(exclude);
        urls = urls == null ? List.of() : List.copyOf(urls);
    }

    /**
     * @param path null: the last part of the URL's path
     * @param sha256 null: not known
     * @param authorization for the host of this URL alone; null: none
     */
    public record Source(String url, String path, String sha256, SecretRef authorization) {
        String pathOrLast() {
            if (path != null) {
                return path;
            }
            String all = URI.create(url.strip()).getPath();
            return all == null ? "" : all.substring(all.lastIndexOf('/') + 1);
        }
    }

    /** Reads the source of a version that is downloaded. */
    static DownloadRequest of(JsonObject source) {
        return Json.decode(source.encode(), DownloadRequest.class);
    }

    String modelName() {
        return name != null ? name : repo;
    }

    /** Returns the secrets that it names, each by its pointer. */
    Map<String, SecretRef> secrets() {
        var named = new LinkedHashMap<String, SecretRef>();
        if (token != null) {
            named.put("/token/secret", token);
        }
        for (int i = 0; i < urls.size(); i++) {
            if (urls.get(i).authorization() != null) {
                named.put("/urls/" + i + "/authorization/secret", urls.get(i).authorization());
            }
        }
        return named;
    }

    boolean takes(String path) {
        return (include.isEmpty() || include.stream().anyMatch(glob -> new Glob(glob).matches(path)))
                && exclude.stream().noneMatch(glob -> new Glob(glob).matches(path));
    }

    /** Fails with UNPROCESSABLE naming everything that is wrong. */
    void refuse() {
        var errors = new ArrayList<FieldError>();
        if ((repo == null) == urls.isEmpty()) {
            errors.add(new FieldError("/repo", "must be given, or else urls"));
        }
        if (name != null && model != null) {
            errors.add(new FieldError("/model", "must not be given beside name"));
        }
        if (model == null && (modelName() == null || !ModelNames.is(modelName()))) {
            errors.add(new FieldError("/name", "must be given, as a model may be called"));
        }
        if (repo == null && (revision != null || !include.isEmpty() || !exclude.isEmpty())) {
            errors.add(new FieldError("/repo", "must be given with revision, include or exclude"));
        }
        if (repo == null && token != null) {
            errors.add(new FieldError("/token", "must not be given without repo; each of urls has authorization"));
        }
        var paths = new HashSet<String>();
        for (int i = 0; i < urls.size(); i++) {
            String mistake = ModelUrl.mistake(urls.get(i).url());
            if (mistake != null) {
                errors.add(new FieldError("/urls/" + i + "/url", mistake));
                continue;
            }
            String path = urls.get(i).pathOrLast();
            String wrong = ModelPath.mistake(path);
            if (wrong != null || !paths.add(path)) {
                errors.add(new FieldError("/urls/" + i + "/path", wrong == null ? "is given twice" : wrong));
            }
        }
        if (!errors.isEmpty()) {
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE,
                    errors.get(0).pointer() + ": " + errors.get(0).detail(),
                    errors);
        }
    }
}
