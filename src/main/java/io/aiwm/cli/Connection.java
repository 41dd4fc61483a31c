package io.aiwm.cli;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The options that say which controller a command asks, and as whom. Order: option, environment, this machine's own. */
final class Connection {
    private static final String ADDR = "--addr";
    private static final String TOKEN_FILE = "--token-file";
    private static final String DATA_DIR = "--data-dir";
    private static final String HERE = "http://127.0.0.1:3003";

    private Connection() {}

    static CommandSpec addTo(CommandSpec spec) {
        spec.addOption(OptionSpec.builder(ADDR)
                .type(String.class)
                .paramLabel("URL")
                .description("The controller; otherwise AIWM_ADDR, or " + HERE + ".")
                .build());
        spec.addOption(OptionSpec.builder(TOKEN_FILE)
                .type(Path.class)
                .paramLabel("FILE")
                .description("Holds a token or an API key; otherwise AIWM_TOKEN, or the file AIWM_TOKEN_FILE.")
                .build());
        return spec.addOption(OptionSpec.builder(DATA_DIR)
                .type(Path.class)
                .paramLabel("DIR")
                .description("Without a token, a controller on this machine is asked as admin with the admin-password"
                        + " of this directory; otherwise AIWM_DATA_DIR, or data.")
                .build());
    }

    /** Returns a client that has signed in. Throws {@link ApiFailure}. */
    static ApiClient open(ParseResult parsed, Map<String, String> environment) {
        URI address = address(parsed.matchedOptionValue(ADDR, environment.getOrDefault("AIWM_ADDR", "")));
        SSLContext tls = tls(environment.getOrDefault("AIWM_CACERT", ""));
        String token = token(parsed, environment);
        if (token != null) {
            return new ApiClient(address, tls, token);
        }
        Path data = parsed.matchedOptionValue(DATA_DIR, Path.of(environment.getOrDefault("AIWM_DATA_DIR", "data")));
        Path password = data.resolve("admin-password");
        if (!isThisMachine(address) || !Files.isReadable(password)) {
            return new ApiClient(address, tls, null);
        }
        JsonObject login = new JsonObject().put("username", "admin").put("password", read(password, "the password"));
        return new ApiClient(
                address,
                tls,
                new ApiClient(address, tls, null)
                        .send("POST", "/api/auth/login", login)
                        .json()
                        .getString("accessToken"));
    }

    private static URI address(String text) {
        String given = text.isBlank() ? HERE : text.strip();
        try {
            URI address = URI.create(given);
            if (address.getHost() != null
                    && address.getRawUserInfo() == null
                    && ("http".equals(address.getScheme()) || "https".equals(address.getScheme()))) {
                return address;
            }
        } catch (IllegalArgumentException malformed) {
            // said below
        }
        throw new ApiFailure("--addr must be http(s)://host:port, not " + given, ApiFailure.USAGE);
    }

    private static String token(ParseResult parsed, Map<String, String> environment) {
        Path file = parsed.matchedOptionValue(TOKEN_FILE, (Path) null);
        String said = environment.getOrDefault("AIWM_TOKEN", "");
        String named = environment.getOrDefault("AIWM_TOKEN_FILE", "");
        if (file == null && !said.isBlank()) {
            return said.strip();
        }
        file = file == null && !named.isBlank() ? Path.of(named) : file;
        return file == null ? null : read(file, "the token");
    }

    private static String read(Path file, String what) {
        try {
            return Files.readString(file).strip();
        } catch (IOException unreadable) {
            throw new ApiFailure(what + " cannot be read from " + file);
        }
    }

    private static boolean isThisMachine(URI address) {
        try {
            return InetAddress.getByName(address.getHost()).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            return false;
        }
    }

    /** @param file PEM of the authorities that are trusted; blank: those of the JVM */
    private static SSLContext tls(String file) {
        if (file.isBlank()) {
            return null;
        }
        try (InputStream pem = Files.newInputStream(Path.of(file))) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                trusted.setCertificateEntry("authority-" + number++, one);
            }
            var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            var context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException unusable) {
            throw new ApiFailure("AIWM_CACERT: " + file + " holds no certificates that can be read");
        }
    }
}
