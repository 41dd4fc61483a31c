package io.aiwm.worker.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Processes of this machine by the command whose id they inherited: also those that left its session. */
final class ProcessesByCommand {
    /** One that is killed may just have started another. */
    private static final int LOOKS = 5;

    private ProcessesByCommand() {}

    /** Kills them all, as far as the system shows whose they are (Linux) and they kept the variable. Blocks, briefly. */
    static void kill(String commandId) {
        String mark = "AIWM_COMMAND_ID=" + commandId;
        for (int look = 0; look < LOOKS; look++) {
            List<ProcessHandle> found = ProcessHandle.allProcesses()
                    .filter(process -> has(process.pid(), mark))
                    .toList();
            if (found.isEmpty()) {
                return;
            }
            found.forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static boolean has(long pid, String mark) {
        try {
            byte[] environment = Files.readAllBytes(Path.of("/proc/" + pid + "/environ"));
            return Arrays.asList(new String(environment, StandardCharsets.ISO_8859_1).split("\0"))
                    .contains(mark);
        } catch (IOException goneOrAnothers) {
            return false;
        }
    }
}
