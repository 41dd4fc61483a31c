package io.aiwm.bench;

import io.aiwm.common.FileTrees;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;

/** An S3 server on a folder, in a process of its own so that its memory is not that of what is measured. */
public final class S3BenchServer {
    private static final String READY = "port ";

    private S3BenchServer() {}

    static Process start(Path folder) throws IOException {
        Path objects = Files.createDirectories(folder.resolve("s3"));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        S3BenchServer.class.getName(),
                        objects.toRealPath().toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    static int port(Process server) throws IOException {
        BufferedReader out = server.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(READY)) {
                return Integer.parseInt(line.substring(READY.length()));
            }
        }
        throw new IOException("the S3 server did not start");
    }

    static void remove(Path folder) throws IOException {
        FileTrees.delete(folder);
    }

    public static void main(String[] args) throws Exception {
        var settings = new Properties();
        settings.setProperty("jclouds.filesystem.basedir", args[0]);
        S3Proxy server = S3Proxy.builder()
                .blobStore(BlobStores.create("filesystem-nio2", settings))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "key", "secret")
                .endpoint(java.net.URI.create("http://127.0.0.1:0"))
                .build();
        server.start();
        System.out.println(READY + server.getPort());
    }
}
