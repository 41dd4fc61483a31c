package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.model.hub.DownloadFailure;
import io.aiwm.controller.model.hub.GuardedHttp;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.objects.ObjectUpload;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * One file of a download: from where it is, or from the content that is stored already, into its version. What has come is
 * durable, and is gone on with by range.
 */
final class FileFetch {
    /**
     * What is fetched.
     *
     * @param sizeBytes -1: not known
     * @param sha256 null: not known
     * @param commit that the answer must be of, when it says of which it is; null: any
     * @param request with these headers; made for each try, so that a credential is the one of now
     */
    record Wanted(
            String path,
            long sizeBytes,
            String sha256,
            String commit,
            Function<Map<String, String>, Future<GuardedHttp.Get>> request) {}

    private final DownloadTools tools;
    private final String versionId;
    private final String by;
    private final Wanted wanted;
    private final Transfer transfer;
    private final BooleanSupplier stopped;
    private volatile GuardedHttp.Answer current;
    private boolean mismatched;
    private long best;

    FileFetch(
            DownloadTools tools,
            String versionId,
            Execution execution,
            Wanted wanted,
            Transfer transfer,
            BooleanSupplier stopped) {
        this.tools = tools;
        this.versionId = versionId;
        this.by = execution.notes().get(0).actor();
        this.wanted = wanted;
        this.transfer = transfer;
        this.stopped = stopped;
    }

    void stop() {
        GuardedHttp.Answer answer = current;
        if (answer != null) {
            answer.drop();
        }
    }

    /** Succeeds when the version has the file. */
    Future<Void> run() {
        String sha256 = wanted.sha256() == null ? null : wanted.sha256().toLowerCase(Locale.ROOT);
        var sent = new ModelContent.Sent(wanted.path(), sha256, wanted.sizeBytes(), by);
        return tools.records().version(versionId).compose(version -> {
            ModelVersion.File there = version.file(wanted.path());
            if (there != null) {
                transfer.at(there.sizeBytes(), 0);
                return Future.succeededFuture();
            }
            return stored(sent).compose(known -> known ? Future.succeededFuture() : fetch(sent));
        });
    }

    private Future<Boolean> stored(ModelContent.Sent sent) {
        return sent.sha256() == null || sent.sizeBytes() < 0
                ? Future.succeededFuture(false)
                : tools.incoming()
                        .reuse(versionId, sent)
                        .map(done -> {
                            transfer.at(sent.sizeBytes(), 0);
                            return true;
                        })
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Future.succeededFuture(false)
                                : Future.failedFuture(cause));
    }

    private Future<Void> fetch(ModelContent.Sent sent) {
        return held(sent)
                .compose(held -> patience()
                        .run(() -> all(held.id()), this::hasProgressed)
                        .compose(stored -> tools.incoming().arrived(held, stored))
                        .transform(done -> done.succeeded() || mismatched
                                ? tools.incoming().finish(held, done)
                                // what has come is gone on with when somebody wants it once more
                                : tools.incoming()
                                        .letGo(held.id())
                                        .transform(free -> Future.failedFuture(done.cause())))
                        .mapEmpty());
    }

    private DownloadRetries patience() {
        return new DownloadRetries(tools.vertx(), tools.pauses(), stopped);
    }

    private long counted;

    private boolean hasProgressed() {
        boolean more = best > counted;
        counted = best;
        return more;
    }

    /** What is known of this file from an earlier try, or a new one. */
    private Future<IncomingModelFile> held(ModelContent.Sent sent) {
        return tools.incoming()
                .ofVersion(versionId)
                .compose(all -> all.stream()
                        .filter(one -> one.kind() == IncomingModelFile.Kind.DOWNLOAD
                                && one.path().equals(wanted.path()))
                        .findFirst()
                        .map(known -> tools.incoming().hold(known.id()))
                        .orElseGet(() -> tools.incoming()
                                .begin(
                                        IncomingModelFileBuilder.builder()
                                                .kind(IncomingModelFile.Kind.DOWNLOAD)
                                                .versionId(versionId),
                                        sent)));
    }

    /** One try to get all that is missing. */
    private Future<ObjectStore.Stored> all(String id) {
        return tools.incoming()
                .get(id)
                .compose(seen -> tools.incoming()
                        .upload(seen)
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Future.succeededFuture(null)
                                : Future.failedFuture(cause))
                        .compose(upload -> {
                            if (upload != null) {
                                return more(seen, upload);
                            }
                            return tools.incoming()
                                    .together(seen)
                                    .compose(together -> together
                                            ? tools.incoming().reread(seen)
                                            : afresh(seen, DownloadFailure.of(ErrorCategory.INTERNAL, "never thrown")));
                        }))
                .compose(stored -> checked(id, stored));
    }

    private Future<ObjectStore.Stored> more(IncomingModelFile seen, ObjectUpload upload) {
        long offset = upload.offset();
        best = Math.max(best, offset);
        transfer.at(offset, 0);
        if (wanted.sizeBytes() >= 0 && offset == wanted.sizeBytes()) {
            return upload.complete();
        }
        var headers = new HashMap<String, String>();
        if (offset > 0) {
            headers.put("Range", "bytes=" + offset + "-");
            if (seen.sourceTag() != null) {
                headers.put("If-Range", seen.sourceTag());
            }
        }
        return wanted.request().apply(headers).compose(tools.http()::get).compose(answer -> {
            current = answer;
            return taken(seen, upload, answer);
        });
    }

    private Future<ObjectStore.Stored> taken(IncomingModelFile seen, ObjectUpload upload, GuardedHttp.Answer answer) {
        try {
            refuseOther(answer);
        } catch (DownloadFailure refused) {
            answer.drop();
            return Future.failedFuture(refused);
        }
        long offset = upload.offset();
        String range = answer.last().getHeader("Content-Range");
        return switch (answer.last().statusCode()) {
            case 206 ->
                offset > 0 && range != null && range.startsWith("bytes " + offset + "-")
                        ? append(upload, answer)
                        : dropped(seen, answer);
            case 416 ->
                offset > 0 && ("bytes */" + offset).equals(range) && wanted.sizeBytes() < 0
                        ? ended(upload, answer)
                        : dropped(seen, answer);
            default ->
                offset > 0
                        // the server has another content now, or knows no ranges
                        ? tools.incoming()
                                .again(seen)
                                .compose(begun -> tagged(begun, answer))
                                .compose(tools.incoming()::upload)
                                .compose(fresh -> append(fresh, answer))
                        : tagged(seen, answer).compose(noted -> append(upload, answer));
        };
    }

    private static Future<ObjectStore.Stored> ended(ObjectUpload upload, GuardedHttp.Answer answer) {
        answer.drop();
        return upload.complete();
    }

    /** What is here does not fit what the server has: from the beginning, at the next try. */
    private Future<ObjectStore.Stored> dropped(IncomingModelFile seen, GuardedHttp.Answer answer) {
        answer.drop();
        return afresh(seen, DownloadFailure.again("the server's ranges do not fit what has come"));
    }

    private Future<ObjectStore.Stored> afresh(IncomingModelFile seen, DownloadFailure why) {
        best = 0;
        counted = 0;
        return tools.incoming().again(seen).compose(begun -> why.retryable ? Future.failedFuture(why) : all(seen.id()));
    }

    private Future<IncomingModelFile> tagged(IncomingModelFile seen, GuardedHttp.Answer answer) {
        String etag = answer.header("ETag");
        // a weak tag does not promise the same bytes; a file with a checksum or of a commit needs none
        boolean useful = wanted.commit() == null && etag != null && !etag.startsWith("W/") && etag.length() < 1_000;
        return useful ? tools.incoming().tag(seen.id(), etag) : Future.succeededFuture(seen);
    }

    /** Fails when the answer says that it is not what is wanted. */
    private void refuseOther(GuardedHttp.Answer answer) {
        String commit = answer.first().getHeader("X-Repo-Commit");
        if (wanted.commit() != null && commit != null && !commit.equals(wanted.commit())) {
            throw DownloadFailure.of(
                    ErrorCategory.CONFLICT,
                    wanted.path() + " comes from commit " + commit + " and not from " + wanted.commit());
        }
        String linked = answer.header("X-Linked-Etag");
        String sum = linked == null ? null : linked.replaceFirst("^W/", "").replace("\"", "");
        if (wanted.sha256() != null && Sha256.isHex(sum) && !sum.equalsIgnoreCase(wanted.sha256())) {
            throw DownloadFailure.of(
                    ErrorCategory.CONFLICT, wanted.path() + " has sha256 " + sum + " now and not " + wanted.sha256());
        }
    }

    private Future<ObjectStore.Stored> append(ObjectUpload upload, GuardedHttp.Answer answer) {
        var at = new long[] {upload.offset()};
        String host = answer.from().getHost();
        var counted = new CountedStream(answer.last(), taken -> {
            at[0] += taken;
            best = Math.max(best, at[0]);
            transfer.at(at[0], taken);
        });
        return upload.append(counted)
                .recover(cause -> {
                    answer.drop();
                    return switch (Failure.of(cause).kind) {
                        case INVALID -> Future.failedFuture(DownloadFailure.again(host + " broke off"));
                        case TOO_LARGE ->
                            Future.failedFuture(DownloadFailure.of(
                                    ErrorCategory.INVALID,
                                    host + " sends more than the " + wanted.sizeBytes() + " bytes of "
                                            + wanted.path()));
                        default -> Future.failedFuture(cause);
                    };
                })
                .compose(now -> wanted.sizeBytes() >= 0 && now < wanted.sizeBytes()
                        ? Future.failedFuture(DownloadFailure.again(
                                host + " ended after " + now + " of " + wanted.sizeBytes() + " bytes"))
                        : upload.complete())
                .onComplete(done -> current = null);
    }

    /** A wrong checksum once may be two contents put together; twice it is what the server has. */
    private Future<ObjectStore.Stored> checked(String id, ObjectStore.Stored stored) {
        if (wanted.sha256() == null || wanted.sha256().equalsIgnoreCase(stored.sha256())) {
            return Future.succeededFuture(stored);
        }
        if (mismatched) {
            return Future.failedFuture(DownloadFailure.of(
                    ErrorCategory.INVALID,
                    wanted.path() + " has sha256 " + stored.sha256() + ", wanted was " + wanted.sha256()));
        }
        mismatched = true;
        return tools.incoming().get(id).compose(seen -> afresh(seen, DownloadFailure.again("the checksum was wrong")));
    }
}
