package io.aiwm.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Small local images for tests against a real engine, made without a registry: busybox and a page that says its
 * version. The docker command line is used, so {@code DOCKER_HOST} and the default socket are honoured. Made once per
 * engine; calling it again costs one inspect.
 */
public final class TestImages {
    /** A web server on port 80 whose page says {@code aiwm test web <version>}; the tag is the version. */
    public static final String WEB = "aiwm-test/web";

    /** As {@link #WEB}, and {@code /var/data} is a volume. */
    public static final String KEEPING = "aiwm-test/keeping:1";

    private static final Path BUSYBOX = Path.of("/bin/busybox");
    private static final List<String> APPLETS = List.of(
            "sh",
            "httpd",
            "wget",
            "sleep",
            "echo",
            "cat",
            "ls",
            "kill",
            "true",
            "false",
            "id",
            "head",
            "tail",
            "dd",
            "seq",
            "hostname",
            "date",
            "env",
            "test",
            "touch",
            "grep",
            "yes",
            "tr");
    private static final Path LOCK = Path.of(System.getProperty("java.io.tmpdir"), "aiwm-test-images.lock");
    private static final long LIMIT_SECONDS = 60;

    private TestImages() {}

    /** Makes {@code aiwm-test/web:<version>} unless the engine has it, and returns its name. */
    public static synchronized String web(int version) {
        return web(System.getenv("DOCKER_HOST"), version);
    }

    /** Makes the same under another name, unless the engine has one of that name. */
    public static synchronized void named(String dockerHost, String image) {
        image(dockerHost, image, 1, "EXPOSE 80");
    }

    /** The same on another engine, for example {@code unix:///tmp/x/docker.sock}; null: the default one. */
    public static synchronized String web(String dockerHost, int version) {
        return image(dockerHost, WEB + ":" + version, version, "EXPOSE 80");
    }

    /** Makes {@link #KEEPING} unless the engine has it, and returns its name. */
    public static synchronized String keeping() {
        return image(System.getenv("DOCKER_HOST"), KEEPING, 1, "VOLUME /var/data");
    }

    private static String image(String dockerHost, String image, int version, String change) {
        // JVMs of other tests may want it at the same time, and two that make it give it two ids
        try (var channel = FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var held = channel.lock()) {
            if (!held.isValid()
                    || run(dockerHost, null, "image", "inspect", image).exit() != 0) {
                make(dockerHost, image, version, change);
            }
            return image;
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    private static void make(String dockerHost, String image, int version, String change) {
        Result imported = run(
                dockerHost,
                root(version),
                "import",
                "--change",
                "CMD [\"httpd\",\"-f\",\"-v\",\"-p\",\"80\",\"-h\",\"/www\"]",
                "--change",
                "ENV PATH=/bin",
                "--change",
                change,
                "-",
                image);
        if (imported.exit() != 0) {
            throw new IllegalStateException("cannot make " + image + ": " + imported.output());
        }
    }

    /** Whether an engine answers; an IT that needs one says so rather than passing unseen. */
    public static boolean engineAnswers() {
        return run(System.getenv("DOCKER_HOST"), null, "version").exit() == 0;
    }

    /** Removes every container with this label ({@code key=value}), running or not. */
    public static void removeContainers(String dockerHost, String label) {
        ids(dockerHost, label, false).forEach(id -> run(dockerHost, null, "rm", "-fv", id));
    }

    /** How many containers carry this label ({@code key=value}), running or not. */
    public static int countContainers(String dockerHost, String label) {
        return ids(dockerHost, label, false).size();
    }

    /** Ids of the containers that carry this label ({@code key=value}). @param running only those whose program runs now */
    public static List<String> ids(String dockerHost, String label, boolean running) {
        String which = running ? "-q" : "-aq";
        return words(run(dockerHost, null, "ps", which, "--no-trunc", "--filter", "label=" + label));
    }

    /** What a docker command lists. */
    public static List<String> words(Result listed) {
        if (listed.exit() != 0) {
            throw new IllegalStateException(listed.output());
        }
        return listed.output().isBlank()
                ? List.of()
                : List.of(listed.output().trim().split("\\s+"));
    }

    /** How a docker command ended. */
    public record Result(int exit, String output) {}

    /** Runs one docker command; stdin may be null. Standard output and error come back together. */
    public static Result run(String dockerHost, byte[] stdin, String... arguments) {
        try {
            Path output = Files.createTempFile("aiwm-docker", ".out");
            try {
                var command = new ProcessBuilder();
                command.command().add("docker");
                command.command().addAll(List.of(arguments));
                if (dockerHost != null && !dockerHost.isBlank()) {
                    command.environment().put("DOCKER_HOST", dockerHost);
                }
                Process process = command.redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                try (var in = process.getOutputStream()) {
                    if (stdin != null) {
                        in.write(stdin);
                    }
                }
                if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    return new Result(124, "docker " + String.join(" ", arguments) + " took too long");
                }
                return new Result(process.exitValue(), Files.readString(output));
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException cause) {
            throw new UncheckedIOException("docker " + String.join(" ", arguments), cause);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", cause);
        }
    }

    private static byte[] root(int version) {
        try {
            var tar = new ByteArrayOutputStream();
            for (String folder : List.of("bin/", "tmp/", "www/", "etc/")) {
                entry(tar, folder, '5', folder.equals("tmp/") ? 01777 : 0755, new byte[0], "");
            }
            entry(tar, "bin/busybox", '0', 0755, Files.readAllBytes(BUSYBOX), "");
            for (String applet : APPLETS) {
                entry(tar, "bin/" + applet, '2', 0777, new byte[0], "busybox");
            }
            entry(tar, "etc/passwd", '0', 0644, "root:x:0:0:root:/:/bin/sh\n".getBytes(StandardCharsets.UTF_8), "");
            byte[] page = ("aiwm test web " + version + "\n").getBytes(StandardCharsets.UTF_8);
            entry(tar, "www/index.html", '0', 0644, page, "");
            tar.write(new byte[1024]);
            return tar.toByteArray();
        } catch (IOException cause) {
            throw new UncheckedIOException("busybox-static must be installed for tests with containers", cause);
        }
    }

    /** One entry of a POSIX ustar archive: 512 bytes of header, then the content in blocks of 512. */
    private static void entry(
            ByteArrayOutputStream tar, String name, char type, int mode, byte[] content, String link) {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, String.format("%07o", mode));
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, String.format("%011o", content.length));
        put(header, 136, "00000000000");
        put(header, 148, "        ");
        header[156] = (byte) type;
        put(header, 157, link);
        put(header, 257, "ustar");
        put(header, 263, "00");
        int sum = 0;
        for (byte value : header) {
            sum += value & 0xff;
        }
        put(header, 148, String.format("%06o", sum));
        header[154] = 0;
        tar.writeBytes(header);
        tar.writeBytes(content);
        tar.writeBytes(new byte[(512 - content.length % 512) % 512]);
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
