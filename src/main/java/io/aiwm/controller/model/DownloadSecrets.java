package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.controller.model.hub.DownloadFailure;
import io.aiwm.controller.model.hub.HubCredential;
import io.aiwm.controller.secret.AuthorizationValue;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.secret.SecretUsers;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The stored secrets that downloads name: their values as credentials, and who would miss one. */
final class DownloadSecrets implements SecretUsers {
    private static final int PAGE = 200;

    private final StoredSecrets secrets;
    private final ModelRecords records;

    DownloadSecrets(StoredSecrets secrets, ModelRecords records) {
        this.secrets = secrets;
        this.records = records;
    }

    /** Fails with UNPROCESSABLE naming the field of each secret that does not exist or cannot be read. */
    Future<Void> check(DownloadRequest wanted) {
        var errors = new ArrayList<Failure.FieldError>();
        Future<Void> checked = Future.succeededFuture();
        for (Map.Entry<String, SecretRef> named : wanted.secrets().entrySet()) {
            checked = checked.compose(next -> secrets.value(named.getValue().secret())
                    .<Void>mapEmpty()
                    .recover(cause -> {
                        Failure failure = Failure.of(cause);
                        if (failure.retryable() || failure.kind == Failure.Kind.INTERNAL) {
                            return Future.failedFuture(cause);
                        }
                        errors.add(new Failure.FieldError(named.getKey(), failure.getMessage()));
                        return Future.succeededFuture();
                    }));
        }
        return checked.map(done -> {
            if (!errors.isEmpty()) {
                throw new Failure(
                        Failure.Kind.UNPROCESSABLE,
                        errors.get(0).pointer() + ": " + errors.get(0).detail(),
                        errors);
            }
            return null;
        });
    }

    /** Returns the secret's value as a Bearer token, or as it is where it names a scheme itself. @param secret null: none */
    HubCredential credential(SecretRef secret) {
        return secret == null
                ? HubCredential.NONE
                : () -> secrets.value(secret.secret())
                        .map(value -> header(secret.secret(), value))
                        .recover(cause -> Future.failedFuture(unusable(cause)));
    }

    private static String header(String name, String secret) {
        String value = AuthorizationValue.of(secret);
        if (value == null) {
            throw DownloadFailure.of(ErrorCategory.INVALID, AuthorizationValue.unsendable(name));
        }
        return value;
    }

    /** A store that is away says nothing of the download. */
    private static Throwable unusable(Throwable cause) {
        Failure failure = Failure.of(cause);
        return cause instanceof DownloadFailure || failure.retryable() || failure.kind == Failure.Kind.INTERNAL
                ? cause
                : DownloadFailure.of(ErrorCategory.INVALID, failure.getMessage());
    }

    @Override
    public Future<List<Use>> of(String name) {
        var underWay = List.of(Condition.eq("state", ModelState.DOWNLOADING.name()), Condition.eq("phase", "active"));
        return all(Query.where(underWay).limit(PAGE), new ArrayList<>())
                .map(versions -> versions.stream()
                        .filter(version -> DownloadRequest.of(version.source()).secrets().values().stream()
                                .anyMatch(secret -> secret.secret().equals(name)))
                        .map(version -> new Use("execution", version.executionId(), "download of " + version.id()))
                        .toList());
    }

    private Future<List<ModelVersion>> all(Query query, List<ModelVersion> found) {
        return records.findVersions(query).compose(page -> {
            page.items().stream().filter(version -> version.source() != null).forEach(found::add);
            return page.nextCursor() == null
                    ? Future.succeededFuture(found)
                    : all(query.after(page.nextCursor()), found);
        });
    }
}
