package io.aiwm.worker.process;

import io.aiwm.common.PrivateFiles;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The shim of one program, as its files and the system show it. All of it blocks, briefly.
 *
 * <p>The file {@code state} has 16 bytes for the exit code, 16 for how many bytes of the log are gone, and then which command
 * it is. The first two are spaces until the shim writes a number and the end of its line there. A shim of the version before
 * has these in files of their own: {@code exit}, {@code gone}, {@code about}.
 *
 * @param folder of the command
 */
record ShimState(Path folder) {
    static final int KILLED = 137;

    private static final String FILE = "state";
    private static final int NOTE = 16;

    /** Notes which command it is: from now on its folder is complete. */
    void write(JsonObject about) throws IOException {
        PrivateFiles.write(folder.resolve(FILE), " ".repeat(2 * NOTE) + about.encode());
    }

    /** Which command it is; null where its folder is not complete. */
    JsonObject about() throws IOException {
        String state = text(FILE);
        String about = state == null ? text("about") : state.substring(Math.min(state.length(), 2 * NOTE));
        try {
            return about == null ? null : new JsonObject(about);
        } catch (DecodeException damaged) {
            return null;
        }
    }

    boolean begun() throws IOException {
        return line(text("pid")) != null;
    }

    /** Null when there is none. */
    private String text(String name) throws IOException {
        try {
            return Files.readString(folder.resolve(name));
        } catch (NoSuchFileException none) {
            return null;
        }
    }

    /** Null when there is none, or its end has not been written yet. */
    private static String line(String text) {
        return text != null && text.endsWith("\n") ? text.strip() : null;
    }

    /** @param before the file in which the version before has it */
    private String note(int index, String before) throws IOException {
        String state = text(FILE);
        return state == null
                ? line(text(before))
                : line(state.substring(
                        Math.min(state.length(), index * NOTE), Math.min(state.length(), (index + 1) * NOTE)));
    }

    /** Returns how many bytes the program wrote before those in the two log files; -1: unknown. */
    long goneBytes() throws IOException {
        String gone = note(1, "gone");
        return gone == null ? 0 : Long.parseLong(gone);
    }

    /** Null while it runs. One that was killed together with its shim counts as killed. */
    Integer exitCode() throws IOException {
        Integer said = said();
        if (said != null || alive()) {
            return said;
        }
        // between the two looks it may have ended properly
        Integer after = said();
        return after == null ? Integer.valueOf(KILLED) : after;
    }

    private Integer said() throws IOException {
        String exit = note(0, "exit");
        return exit == null ? null : Integer.valueOf(exit);
    }

    /** Of the session and its process group; null when there is no such process any more. */
    Long session() throws IOException {
        String noted = line(text("pid"));
        if (noted == null) {
            return null;
        }
        String[] words = noted.split(" ");
        long pid = Long.parseLong(words[0]);
        Path stat = Path.of("/proc/" + pid + "/stat");
        if (!Files.isDirectory(Path.of("/proc/self"))) {
            return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent() ? pid : null;
        }
        String[] fields;
        try {
            String line = Files.readString(stat);
            fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
        } catch (IOException gone) {
            return null;
        }
        boolean same = words.length < 2 || fields[19].equals(words[1]);
        return same && !fields[0].equals("Z") ? pid : null;
    }

    /** Signals the group of the whole session, as long as its first process is there. */
    void signal(String name) throws IOException, InterruptedException {
        Long session = session();
        if (session != null) {
            Process kill = new ProcessBuilder("sh", "-c", "kill -s " + name + " -- -" + session)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            kill.waitFor(5, TimeUnit.SECONDS);
        }
    }

    private boolean alive() throws IOException {
        return session() != null;
    }
}
