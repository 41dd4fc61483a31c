package io.aiwm.controller.execution;

import io.aiwm.protocol.CommandId;
import java.time.Instant;

/** What workers measure of the time that their commands have left. */
@FunctionalInterface
public interface TimeLeft {
    TimeLeft UNKNOWN = (nodeId, command) -> null;

    /** When the command's time is over by its worker's own measure, by the clock of this process; null: nobody has said. */
    Instant until(String nodeId, CommandId command);
}
