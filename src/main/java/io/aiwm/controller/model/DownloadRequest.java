package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.controller.model.hub.Glob;
import io.aiwm.protocol.ModelUrl;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * What is to be fetched: a repository of the hub, or URLs.
 *
 * @param name of the model, made when there is none; null: that of the repository
 * @param model id or name of a model that there is; null: by name
 * @param revision branch, tag or commit; null: main
 * @param include and exclude globs of paths; what both match is left out
 * @param alias that means the version once it is READY; null: none
 */
public record DownloadRequest(
        String name,
        String model,
        Task task,
        String repo,
        String revision,
        List<String> include,
        List<String> exclude,
        List<Source> urls,
        String alias) {

    public DownloadRequest {
        include = include == null ? List.of() : List.copyOf(include);
        exclude = exclude == null ? List.of() : List.copyOf(exclude);
        urls = urls == null ? List.of() : List.copyOf(urls);
    }

    /** @param path null: the last part of the URL's path; @param sha256 null: not known */
    public record Source(String url, String path, String sha256) {
        String pathOrLast() {
            if (path != null) {
                return path;
            }
            String all = URI.create(url.strip()).getPath();
            return all == null ? "" : all.substring(all.lastIndexOf('/') + 1);
        }
    }

    String modelName() {
        return name != null ? name : repo;
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
