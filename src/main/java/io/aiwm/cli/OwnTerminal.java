package io.aiwm.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The terminal that this command runs in, as {@code stty} sees it. */
final class OwnTerminal {
    private static final long LOOK_MILLIS = 1_000;
    private static final long PATIENCE_SECONDS = 5;

    private final String before;
    private final Thread atExit = new Thread(this::set);
    private volatile boolean raw;

    private OwnTerminal(String before) {
        this.before = before;
    }

    /** Told of another size. */
    interface Sized {
        void to(int columns, int rows);
    }

    /** Null where input is none, or there is no stty. */
    static OwnTerminal find() {
        String now = stty("-g");
        return now == null ? null : new OwnTerminal(now);
    }

    /** Columns and rows. */
    int[] size() {
        String said = stty("size");
        if (said == null || !said.matches("[1-9]\\d* [1-9]\\d*")) {
            return new int[] {80, 24};
        }
        String[] parts = said.split(" ");
        return new int[] {Integer.parseInt(parts[1]), Integer.parseInt(parts[0])};
    }

    /** From now on every key is passed on as it is, until {@link #restore} or the end of this process. */
    void raw(Sized listener) {
        raw = true;
        Runtime.getRuntime().addShutdownHook(atExit);
        stty("raw", "-echo");
        var looking = new Thread(() -> look(listener), "aiwm-shell-size");
        looking.setDaemon(true);
        looking.start();
    }

    /** Java tells nobody of a change of size. */
    private void look(Sized listener) {
        int[] last = size();
        try {
            while (raw) {
                Thread.sleep(LOOK_MILLIS);
                int[] now = size();
                if (!Arrays.equals(last, now)) {
                    listener.to(now[0], now[1]);
                    last = now;
                }
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    void restore() {
        if (raw) {
            raw = false;
            set();
            Runtime.getRuntime().removeShutdownHook(atExit);
        }
    }

    private void set() {
        stty(before);
    }

    /** Null: it could not be done. */
    private static String stty(String... arguments) {
        List<String> command = new ArrayList<>(List.of("stty"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0 ? said : null;
        } catch (IOException none) {
            return null;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
