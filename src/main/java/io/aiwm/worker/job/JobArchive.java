package io.aiwm.worker.job;

import java.nio.file.Path;

/** An archive for a job's work directory, and what may be in it. */
public record JobArchive(Path file, InputArchive.Limits limits) {}
