package io.aiwm.controller.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The process of a browser. */
final class Chromium {
    private Chromium() {}

    static Process started(Path profile, int width, int height) throws IOException {
        return new ProcessBuilder(
                        Browser.chromium().orElseThrow().toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--force-dark-mode",
                        "--user-data-dir=" + profile,
                        "--window-size=" + width + "," + height,
                        "--remote-debugging-port=0",
                        "about:blank")
                .redirectErrorStream(true)
                .start();
    }

    /** Returns where its DevTools are, which it says when it has begun. */
    static URI devTools(Process process) throws IOException {
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int at = line.indexOf("ws://");
            if (at >= 0) {
                drain(lines);
                return URI.create(line.substring(at).strip());
            }
        }
        throw new IOException("Chromium ended before it said where its DevTools are");
    }

    /** Chromium stops when nobody reads what it prints. */
    private static void drain(BufferedReader lines) {
        var thread = new Thread(() -> {
            try {
                while (lines.readLine() != null) {
                    // thrown away: noise about missing services of a desktop
                }
            } catch (IOException closed) {
                // it has ended
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
