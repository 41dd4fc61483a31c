package io.aiwm.worker.proxy;

import io.aiwm.boot.Config;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.util.List;

/** The files of a proxy's certificate, which are replaced while it runs. */
final class ProxyCertificate {
    /** So often it is looked whether they have changed. */
    static final long LOOK_MS = 10_000;

    private final Config.Proxy settings;
    private List<FileTime> seen;

    ProxyCertificate(Config.Proxy settings) {
        this.settings = settings;
    }

    PemKeyCertOptions options() {
        return new PemKeyCertOptions()
                .setCertPath(settings.certificate().toString())
                .setKeyPath(settings.key().toString());
    }

    /** Whether they have changed since this was asked last. Blocking. */
    synchronized boolean changed() throws IOException {
        var now = List.of(Files.getLastModifiedTime(settings.certificate()), Files.getLastModifiedTime(settings.key()));
        boolean changed = seen != null && !now.equals(seen);
        seen = now;
        return changed;
    }
}
