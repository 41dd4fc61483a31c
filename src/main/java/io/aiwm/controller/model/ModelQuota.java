package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.util.List;

/**
 * How much may be kept of models: of one file, of one user, of all. What is on its way counts with the size that was said, or
 * with all that is left where none was. The size of content that several versions have counts for each.
 */
final class ModelQuota {
    private static final int PAGE = 1_000;

    private final ModelRecords records;
    private final Records<IncomingModelFile> incoming;
    private final Limits limits;

    /** In bytes. @param user and all: 0: no limit */
    record Limits(long file, long user, long all) {}

    ModelQuota(ModelRecords records, Records<IncomingModelFile> incoming, Limits limits) {
        this.records = records;
        this.incoming = incoming;
        this.limits = limits;
    }

    /** @return how many bytes this file may have. Fails with TOO_LARGE. */
    Future<Long> reserve(ModelContent.Sent sent) {
        if (sent.sizeBytes() > limits.file()) {
            return Future.failedFuture(new Failure(
                    Failure.Kind.TOO_LARGE,
                    "the file is larger than the " + limits.file() + " bytes of models.maxFileBytes"));
        }
        if (limits.user() == 0 && limits.all() == 0) {
            return Future.succeededFuture(sent.sizeBytes() >= 0 ? sent.sizeBytes() : limits.file());
        }
        return left(sent.by()).map(left -> {
            if (left <= 0 || sent.sizeBytes() > left) {
                throw full(Math.max(0, left));
            }
            return sent.sizeBytes() >= 0 ? sent.sizeBytes() : Math.min(left, limits.file());
        });
    }

    /** Whether what was reserved still fits now that others see it. */
    Future<Void> check(IncomingModelFile begun) {
        return limits.user() == 0 && limits.all() == 0
                ? Future.succeededFuture()
                : left(begun.createdBy()).map(left -> {
                    if (left < 0) {
                        throw full(0);
                    }
                    return null;
                });
    }

    private static Failure full(long left) {
        return new Failure(
                Failure.Kind.TOO_LARGE,
                "of what may be kept of models (models.maxUserBytes, models.maxTotalBytes) " + left
                        + " bytes are left; delete versions first");
    }

    /** Less than nothing when too much is reserved. */
    private Future<Long> left(String user) {
        return leftOf(limits.user(), List.of(Condition.eq("createdBy", user)))
                .compose(ofUser -> leftOf(limits.all(), List.of()).map(ofAll -> Math.min(ofUser, ofAll)));
    }

    private Future<Long> leftOf(long limit, List<Condition> whose) {
        return limit == 0
                ? Future.succeededFuture(Long.MAX_VALUE)
                : stored(Query.where(whose).limit(PAGE), 0)
                        .compose(stored -> coming(Query.where(whose).limit(PAGE), stored))
                        .map(used -> limit - used);
    }

    private Future<Long> stored(Query query, long sum) {
        return records.findVersions(query).compose(page -> {
            long next = sum
                    + page.items().stream().mapToLong(ModelVersion::sizeBytes).sum();
            return page.nextCursor() == null
                    ? Future.succeededFuture(next)
                    : stored(query.after(page.nextCursor()), next);
        });
    }

    private Future<Long> coming(Query query, long sum) {
        return incoming.find(query).compose(page -> {
            long next = sum
                    + page.items().stream()
                            .mapToLong(IncomingModelFile::reservedBytes)
                            .sum();
            return page.nextCursor() == null
                    ? Future.succeededFuture(next)
                    : coming(query.after(page.nextCursor()), next);
        });
    }
}
