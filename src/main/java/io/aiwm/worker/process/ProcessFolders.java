package io.aiwm.worker.process;

import io.aiwm.common.FileTrees;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.worker.job.InputArchive;
import io.aiwm.worker.job.Job;
import io.aiwm.worker.job.JobArchive;
import io.aiwm.worker.job.Sandbox;
import io.aiwm.worker.job.WorkDeadline;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folders of process jobs, one for each command. All of it blocks.
 *
 * @param root of the folders
 */
record ProcessFolders(Path root) {
    Path of(String commandId) {
        return root.resolve(name(commandId));
    }

    /** The work directory of the command's program. */
    Path work(String commandId) {
        return of(commandId).resolve("work");
    }

    /** The id that a registration gives for the command, in the place of a container's id. */
    static String id(String commandId) {
        return "process-" + name(commandId);
    }

    private static String name(String commandId) {
        return Sha256.hex(commandId).substring(0, 20);
    }

    ShimState shim(String commandId) {
        return new ShimState(of(commandId));
    }

    Sandbox.State state(String commandId) throws IOException {
        ShimState shim = shim(commandId);
        if (shim.about() == null) {
            return Sandbox.State.ABSENT;
        }
        return shim.begun() ? Sandbox.State.STARTED : Sandbox.State.MADE;
    }

    /** Makes the command's folder anew, with the inputs in the work directory. */
    void make(Job job, List<JobArchive> archives, WorkDeadline until) throws IOException {
        Path folder = of(job.commandId());
        FileTrees.delete(folder);
        Path work = PrivateFiles.folders(work(job.commandId()));
        for (JobArchive archive : archives) {
            InputArchive.unpack(archive.file(), archive.limits(), new WorkSink(work), until);
        }
        ProcessShim.write(folder, job.asked().stdin());
        // last: a folder that has it is complete
        shim(job.commandId())
                .write(new JsonObject()
                        .put("commandId", job.commandId())
                        .put("jobId", job.asked().jobId()));
    }

    void delete(String commandId) throws IOException {
        FileTrees.delete(of(commandId));
    }

    /** Every process that has a folder here, running or not, as a registration names it. */
    List<NodeRegister.Running> running() throws IOException {
        List<NodeRegister.Running> found = new ArrayList<>();
        if (!Files.isDirectory(root)) {
            return found;
        }
        try (Stream<Path> folders = Files.list(root)) {
            for (Path folder : folders.toList()) {
                var shim = new ShimState(folder);
                JsonObject about = shim.about();
                if (about != null) {
                    found.add(running(about, shim));
                }
            }
        }
        return found;
    }

    private static NodeRegister.Running running(JsonObject about, ShimState shim) throws IOException {
        String commandId = about.getString("commandId");
        String state = !shim.begun() ? "created" : shim.exitCode() == null ? "running" : "exited";
        return new NodeRegister.Running(commandId, null, null, about.getString("jobId"), id(commandId), state);
    }
}
