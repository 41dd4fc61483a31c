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
 * that a number used again is not taken for it), {@code state} ({@link ShimState}: the program's exit code and more),
 * {@code log} and {@code log.1} (what the program writes: when one is full the other begins, so they are bounded while no
 * worker is there to look).
 *
 * <p>What is known only at the end is written over what was there from the beginning: a full disk takes that, too. When it
 * does not take the log any more the rest of it is dropped, and the program goes on.
 *
 * <p>A request to end goes to the whole session. The script stays to note the exit code, and dd to take the last lines.
 *
 * <p>No file is made that a short job can do without: they are made and removed with each, and a file system that does not
 * use an inode again at once looks through those of the last minutes for each new one.
 */
final class ProcessShim {
    private static final String STDIN = "stdin";
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
        newline='
        '
        trap : TERM
        noted() {
          read -r line < /proc/$$/stat 2>/dev/null || { echo "$$" > "$folder/pid"; return; }
          set -f; set -- ${line##*) }; set +f
          shift 19
          echo "$$ $1" > "$folder/pid"
        }
        gone() {
          printf '%15d\n' "$1" | dd bs=16 seek=1 conv=notrunc of="$folder/state" 2> /dev/null
        }
        noted || exit 1
        cd "$folder/work" || exit 1
        input=$folder/stdin
        [ -e "$input" ] || input=/dev/null
        (
          trap : TERM
          "$@" < "$input" 2>&1
          printf '%15d\n' $? 1<> "$folder/state"
        ) | (
          trap '' TERM
          reads=2560; held=0; older=0; gone=0
          while :; do
            # a program may write little at a time, and each read takes what there is
            took=$(LC_ALL=C dd bs=4096 count="$reads" 2>&1 >> "$folder/log") || {
              gone -1
              exec cat > /dev/null
            }
            # before these lines dd may warn of partial reads
            whole=0; part=0; bytes=$full
            case $took in *+*' records in'*)
              line=${took%%' records in'*}; line=${line##*"$newline"}
              whole=${line%%+*}; part=${line#*+} ;;
            esac
            case $took in *' copied'*)
              line=${took%%' copied'*}; line=${line##*"$newline"}
              bytes=${line%% *} ;;
            esac
            [ "$((whole + part))" -lt "$reads" ] && break
            held=$((held + bytes))
            [ "$held" -lt "$full" ] && continue
            mv "$folder/log" "$folder/log.1"
            gone=$((gone + older)); older=$held; held=0
            gone "$gone"
          done
        )
        # what the program left running goes with it
        kill -s KILL 0
        """;

    private ProcessShim() {}

    /** Writes into a command's folder what {@link #start} needs. @param stdin what the program reads; null: nothing */
    static void write(Path folder, String stdin) throws IOException {
        if (stdin != null) {
            PrivateFiles.write(folder.resolve(STDIN), stdin);
        }
    }

    /** Starts the job's program in a session of its own. Its environment has nothing of the worker's but the PATH. */
    static Process start(Path folder, Job job) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "setsid",
                "sh",
                "-c",
                SCRIPT,
                "aiwm-job",
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
