/**
 * Commands on this machine. {@code CommandIntake} records each new one,
 * {@link io.aiwm.worker.command.CommandRunner} runs each id at most once and offers its result until the controller has
 * stored it, {@link io.aiwm.worker.command.CommandJournal} keeps both on disk. Knows no transport and no container engine:
 * {@link io.aiwm.worker.command.Uplink} and {@link io.aiwm.worker.command.Containers} are its ports to them.
 */
package io.aiwm.worker.command;
