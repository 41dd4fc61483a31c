package io.aiwm.worker.job;

import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFiles;
import io.vertx.core.Vertx;

/**
 * What the parts of one run of a job share.
 *
 * @param sandbox what its program runs in
 * @param files the way of its files from and to the controller
 * @param folders what must outlive a crash
 */
record JobContext(
        Vertx vertx, Job job, Command command, Sandbox sandbox, CommandFiles files, JobFolders folders, JobTime time) {}
