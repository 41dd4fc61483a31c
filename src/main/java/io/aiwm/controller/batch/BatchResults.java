package io.aiwm.controller.batch;

import io.aiwm.common.Ids;
import io.vertx.core.Future;

/** The files of a batch's results, made of its journal. Made again they are the same ones. */
record BatchResults(BatchFiles files, Batch batch, LineJournal journal) {
    /** Returns the id of the file of answers; null: there are none. */
    Future<String> answers() {
        return file("output", true, journal.answers());
    }

    /** Returns the id of the file of errors; null: there are none. */
    Future<String> errors() {
        return file("error", false, journal.count() - journal.answers());
    }

    private Future<String> file(String what, boolean answers, int count) {
        if (count == 0) {
            return Future.succeededFuture(null);
        }
        String id = Ids.of(BatchFiles.ID_PREFIX, batch.createdAt().toEpochMilli(), batch.id() + "/" + what);
        var sent = new BatchFiles.Sent(batch.by(), batch.id() + "_" + what + ".jsonl", batch.resultSeconds());
        return files.results(id, sent, journal.results(answers)).map(BatchFile::id);
    }
}
