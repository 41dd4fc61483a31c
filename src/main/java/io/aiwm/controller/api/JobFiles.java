package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.file.StoredFile;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.FileKind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.function.Supplier;

/** Finds what an attempt of a job has kept, and reads it on a request's own context. */
final class JobFiles {
    /** The last lines are looked for in so much of the end of a log. */
    private static final long TAIL_BYTES = 4L << 20;

    private final Files files;

    JobFiles(Files files) {
        this.files = files;
    }

    /**
     * What the attempt has kept, or else the newest attempt before it; null where there is none.
     *
     * @param exactly not an earlier one
     */
    Future<StoredFile> find(String jobId, int attempt, boolean exactly, FileKind kind) {
        return find(jobId, 0, attempt, exactly, kind);
    }

    /** The same of a step of an execution. */
    Future<StoredFile> find(String executionId, int step, int attempt, boolean exactly, FileKind kind) {
        return files.ofJob(executionId).map(all -> find(all, executionId, step, attempt, exactly, kind));
    }

    private static StoredFile find(
            List<StoredFile> all, String executionId, int step, int attempt, boolean exactly, FileKind kind) {
        for (int number = attempt; number >= (exactly ? attempt : 1); number--) {
            String command = new CommandId(executionId, step, number).toString();
            for (StoredFile file : all) {
                if (file.kind() == kind && command.equals(file.commandId())) {
                    return file;
                }
            }
        }
        return null;
    }

    /** Opens it on that context, which is where its callbacks are wanted. */
    Future<ObjectContent> open(Context context, StoredFile file) {
        return on(context, () -> files.open(file, 0, -1));
    }

    /** Some bytes of it; fails when there are none at that place. */
    Future<Buffer> piece(Context context, StoredFile file, long at, int most) {
        return on(context, () -> files.open(file, at, most).compose(ObjectContent::whole));
    }

    /** The end of an attempt's log, 4 MiB at most. Fails with NOT_FOUND. */
    Future<String> lastLines(Context context, String jobId, int attempt, int lines) {
        return lastLines(context, jobId, 0, attempt, lines);
    }

    /** The same of a step of an execution. */
    Future<String> lastLines(Context context, String executionId, int step, int attempt, int lines) {
        return find(executionId, step, attempt, true, FileKind.log).compose(file -> {
            if (file == null) {
                throw new Failure(
                        Failure.Kind.NOT_FOUND, "attempt " + attempt + " of " + executionId + " has kept no log");
            }
            return lastLines(context, file, lines);
        });
    }

    Future<String> lastLines(Context context, StoredFile file, int lines) {
        long from = Math.max(0, file.sizeBytes() - TAIL_BYTES);
        return on(
                context,
                () -> files.open(file, from, -1)
                        .compose(ObjectContent::whole)
                        .map(text -> last(text.toString(), lines)));
    }

    private static String last(String text, int lines) {
        int at = text.endsWith("\n") ? text.length() - 1 : text.length();
        for (int i = 0; i < lines; i++) {
            at = text.lastIndexOf('\n', at - 1);
            if (at < 0) {
                return text;
            }
        }
        return text.substring(Math.min(text.length(), at + 1));
    }

    private static <T> Future<T> on(Context context, Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        context.runOnContext(go -> work.get().onComplete(done));
        return done.future();
    }
}
