package io.aiwm.controller.batch;

/**
 * What is wrong with a line of a batch. Quotes nothing of it.
 *
 * @param line from 1; null: it is not about a line
 * @param param the field; null: none
 */
public record LineError(String code, String message, String param, Integer line) {
    /** Of which a batch keeps so many; those that follow are not listed. */
    static final int MOST = 100;

    static final LineError INPUT_GONE =
            new LineError("input_file_gone", "the input file was deleted", "input_file_id", null);
}
