package io.aiwm.worker.process;

/**
 * The shell script between the worker and a program. It is the first process of a session of its own, so it outlives the
 * worker, and keeps in files what a worker that comes back must know: {@code pid} (its process id and when that began, so
 * that a number used again is not taken for it), {@code exit} (the program's exit code), {@code log} and {@code log.1}
 * (what the program writes: when one is full the other begins, so they are bounded while no worker is there to look).
 *
 * <p>A request to end goes to the whole session. The script stays to note the exit code, and dd to take the last lines.
 */
final class Keeper {
    private static final int READ_BYTES = 4096;
    /** A program may write little at a time; so many pieces are kept at least. */
    private static final long LEAST_READS = 2_560;

    /**
     * Arguments: the folder, how many reads fill a log file, then the program's words. It starts no program of its own but
     * dd: at many short jobs a second that is most of what one costs. Each of its notes is one line written at once, and
     * whoever reads one without its end takes it for not there yet. Nobody else can read what it and the
     * program write.
     */
    static final String SCRIPT = """
            umask 077
            folder=$1; reads=$2; shift 2
            trap : TERM
            noted() {
              read -r line < /proc/$$/stat 2>/dev/null || { echo "$$" > "$folder/pid"; return; }
              set -f; set -- ${line##*) }; set +f
              shift 19
              echo "$$ $1" > "$folder/pid"
            }
            noted
            cd "$folder/work" || exit 1
            (
              trap : TERM
              "$@" < /dev/null 2>&1
              echo $? > "$folder/exit"
            ) | (
              trap '' TERM
              while :; do
                LC_ALL=C dd bs=4096 count="$reads" of="$folder/log" 2> "$folder/took"
                IFS='+ ' read -r whole part rest < "$folder/took"
                [ "$((whole + part))" -lt "$reads" ] && break
                mv "$folder/log" "$folder/log.1"
              done
            )
            # what the program left running goes with it
            kill -s KILL 0
            """;

    private Keeper() {}

    static long reads(long logBytes) {
        return Math.max(LEAST_READS, logBytes / READ_BYTES + 1);
    }
}
