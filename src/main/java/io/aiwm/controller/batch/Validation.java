package io.aiwm.controller.batch;

import io.aiwm.common.Sha256;
import io.aiwm.inference.Caller;
import io.aiwm.inference.call.AllowedModels;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** Reads all lines of a batch before the first is called. Of ids that were seen it keeps 8 bytes each. */
final class Validation {
    private final LineReader lines;
    private final String endpoint;
    private final int mostLines;
    private final Predicate<String> known;
    private final Caller caller;
    private final List<LineError> errors = new ArrayList<>();
    private final Set<Long> ids = new HashSet<>();
    private int count;

    /** @param known whether a model is */
    Validation(LineReader lines, String endpoint, int mostLines, Predicate<String> known, Caller caller) {
        this.lines = lines;
        this.endpoint = endpoint;
        this.mostLines = mostLines;
        this.known = known;
        this.caller = caller;
    }

    /** @param errors none: it may begin. @param count of its lines */
    record Found(List<LineError> errors, int count) {}

    /** @param context on which it is called. @param stopped whether nobody wants to know any more */
    Future<Found> run(Context context, BooleanSupplier stopped) {
        Promise<Found> found = Promise.promise();
        step(context, stopped, found);
        return found.future();
    }

    private void step(Context context, BooleanSupplier stopped, Promise<Found> found) {
        LineReader.Line line = lines.poll();
        while (line != null && errors.size() < LineError.MOST) {
            check(line);
            line = lines.poll();
        }
        if (lines.isAtEnd() || errors.size() >= LineError.MOST || stopped.getAsBoolean()) {
            if (count == 0 && errors.isEmpty()) {
                errors.add(new LineError("empty_file", "the input file has no lines", "input_file_id", null));
            }
            found.complete(new Found(errors, count));
            return;
        }
        lines.fill()
                .onComplete(read -> context.runOnContext(turn -> {
                    if (read.failed()) {
                        found.fail(read.cause());
                    } else {
                        step(context, stopped, found);
                    }
                }));
    }

    private void check(LineReader.Line line) {
        if (++count > mostLines) {
            String most = "a batch may have " + mostLines + " lines";
            if (count == mostLines + 1) {
                errors.add(new LineError("too_many_lines", most, "input_file_id", line.number()));
            }
            return;
        }
        try {
            BatchCall call = BatchCall.read(line, endpoint);
            if (!ids.add(hash(call.customId()))) {
                errors.add(new LineError(
                        "duplicate_custom_id", "custom_id was used by a line before", "custom_id", line.number()));
            } else if (!known.test(call.model()) || !AllowedModels.allows(caller, call.model())) {
                errors.add(new LineError(
                        "model_not_found",
                        "the model does not exist, or may not be called with this key",
                        "body.model",
                        line.number()));
            }
        } catch (BatchCall.Wrong wrong) {
            errors.add(wrong.error);
        }
    }

    private static long hash(String id) {
        return ByteBuffer.wrap(Sha256.of(id.getBytes(StandardCharsets.UTF_8))).getLong();
    }
}
