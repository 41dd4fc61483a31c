package io.aiwm.worker.process;

import io.aiwm.common.PrivateFiles;
import io.aiwm.worker.job.Job;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The shell script between the worker and a program. It is the first process of a session of its own, so it outlives the
 * worker, and keeps in files what a worker that comes back must know: {@code pid} (its process id and when that began, so
 * that a number used again is not taken for it), {@code exit} (the program's exit code), {@code log} and {@code log.1}
 * (what the program writes: when one is full the other begins, so they are bounded while no worker is there to look).
 *
 * <p>What is known only at the end ({@code exit}, and {@code gone}) is written over what was there from the beginning: a full
 * disk takes that, too. When it does not take the log any more the rest of it is dropped, and the program goes on.
 *
 * <p>A request to end goes to the whole session. The script stays to note the exit code, and dd to take the last lines.
 */
final class ProcessShim {
    private static final String FILE = "keeper.sh";
    private static final long LEAST_BYTES = 10 << 20;

    /**
     * Arguments: the folder, how many bytes fill a log file, then the program's words. {@code gone} counts the bytes that
     * were in files before the two. The script starts no program except dd, because starting programs is most of the cost of
     * a short job. Each note is one line, written at once; a reader ignores a note whose line has no end yet. Only the
     * worker's user can read the files.
     */
    private static final String SCRIPT = """
        umask 077
        folder=$1; full=$2; shift 2
        trap : TERM
        noted() {
          read -r line < /proc/$$/stat 2>/dev/null || { echo "$$" > "$folder/pid"; return; }
          set -f; set -- ${line##*) }; set +f
          shift 19
          echo "$$ $1" > "$folder/pid"
        }
        noted || exit 1
        cd "$folder/work" || exit 1
        (
          trap : TERM
          "$@" < "$folder/stdin" 2>&1
          printf '%15d\n' $? 1<> "$folder/exit"
        ) | (
          trap '' TERM
          reads=2560; held=0; older=0; gone=0
          while :; do
            # a program may write little at a time, and each read takes what there is
            LC_ALL=C dd bs=4096 count="$reads" 2> "$folder/took" >> "$folder/log" || {
              printf '%15d\n' -1 1<> "$folder/gone"
              exec cat > /dev/null
            }
            # between these lines dd may warn of partial reads
            whole=0; part=0; bytes=$full
            while IFS= read -r line; do
              case $line in
                *+*' records in') whole=${line%%+*}; part=${line#*+}; part=${part%% *} ;;
                *copied*) bytes=${line%% *} ;;
              esac
            done < "$folder/took"
            [ "$((whole + part))" -lt "$reads" ] && break
            held=$((held + bytes))
            [ "$held" -lt "$full" ] && continue
            mv "$folder/log" "$folder/log.1"
            gone=$((gone + older)); older=$held; held=0
            printf '%15d\n' "$gone" 1<> "$folder/gone"
          done
        )
        # what the program left running goes with it
        kill -s KILL 0
        """;

    /** What {@code exit} and {@code gone} are at first: room for a number and the end of its line. */
    private static final String ROOM = " ".repeat(16);

    private ProcessShim() {}

    /** Writes into a command's folder what {@link #start} needs. @param stdin what the program reads; null: nothing */
    static void write(Path folder, String stdin) throws IOException {
        PrivateFiles.write(folder.resolve("stdin"), stdin == null ? "" : stdin);
        PrivateFiles.write(folder.resolve(FILE), SCRIPT);
        PrivateFiles.write(folder.resolve("exit"), ROOM);
        PrivateFiles.write(folder.resolve("gone"), ROOM);
    }

    /** Starts the job's program in a session of its own. Its environment has nothing of the worker's but the PATH. */
    static Process start(Path folder, Job job) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "setsid",
                "sh",
                folder.resolve(FILE).toString(),
                folder.toString(),
                Long.toString(fileBytes(job.logLimitBytes()))));
        if (job.asked().entrypoint() != null) {
            words.addAll(job.asked().entrypoint());
        }
        if (job.asked().command() != null) {
            words.addAll(job.asked().command());
        }
        var builder = new ProcessBuilder(words)
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        Map<String, String> environment = builder.environment();
        String path = environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
        environment.clear();
        environment.put("PATH", path);
        environment.put("HOME", folder.resolve("work").toString());
        environment.putAll(job.environment());
        return builder.start();
    }

    /** Of each of the two log files, before the other begins. */
    private static long fileBytes(long logBytes) {
        return Math.max(LEAST_BYTES, logBytes);
    }
}
