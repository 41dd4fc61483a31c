package io.aiwm.worker.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The shim of one program, as its files and the system show it. All of it blocks, briefly.
 *
 * @param folder of the command
 */
record ShimState(Path folder) {
    static final int KILLED = 137;

    boolean begun() throws IOException {
        return line("pid") != null;
    }

    /** Null when there is none, or its end has not been written yet. */
    private String line(String name) throws IOException {
        try {
            String text = Files.readString(folder.resolve(name));
            return text.endsWith("\n") ? text.strip() : null;
        } catch (NoSuchFileException none) {
            return null;
        }
    }

    /** Returns how many bytes the program wrote before those in the two log files; -1: unknown. */
    long goneBytes() throws IOException {
        String gone = line("gone");
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
        String exit = line("exit");
        return exit == null ? null : Integer.valueOf(exit);
    }

    /** Of the session and its process group; null when there is no such process any more. */
    Long session() throws IOException {
        String noted = line("pid");
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
