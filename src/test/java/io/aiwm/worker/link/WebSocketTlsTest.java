package io.aiwm.worker.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.Envelope;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker shows its token only to the controller it was told of. */
@Timeout(40)
class WebSocketTlsTest {
    private static final Transport.Listener NOBODY = new Transport.Listener() {
        @Override
        public void message(Envelope message) {}

        @Override
        public void ended(LinkEnding ending) {}
    };

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final List<String> shown = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void a_certificate_of_a_trusted_authority_for_another_host_is_refused() throws Exception {
        Certified here = new Certified("localhost");
        assertThat(connect(here, here)).hasMessageContaining("418");
        assertThat(shown).containsExactly("Bearer secret");
        shown.clear();

        Certified elsewhere = new Certified("elsewhere.example");
        assertThat(connect(elsewhere, elsewhere)).hasMessageContaining("cannot be reached");
        assertThat(connect(here, new Certified("localhost"))).hasMessageContaining("cannot be reached");
        assertThat(shown).isEmpty();
    }

    /** How it ended, with a controller that refuses whoever gets that far. */
    private Throwable connect(Certified controller, Certified trusted) throws Exception {
        var options = new HttpServerOptions()
                .setHost("127.0.0.1")
                .setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .setKeyValue(Buffer.buffer(controller.key))
                        .setCertValue(Buffer.buffer(controller.certificate)));
        int port = vertx.createHttpServer(options)
                .requestHandler(request -> {
                    shown.add(request.getHeader("Authorization"));
                    request.response().setStatusCode(418).end();
                })
                .listen(0)
                .await(10, TimeUnit.SECONDS)
                .actualPort();
        Path authorities = Files.writeString(Files.createTempFile(folder, "ca", ".pem"), trusted.certificate);
        var transport = new WebSocketTransport(vertx, URI.create("wss://localhost:" + port + "/ws/node"), authorities);
        return Future.<Throwable>future(ended -> vertx.runOnContext(go -> transport
                        .open(new Identity("n1", "secret"), NOBODY)
                        .onComplete(done -> ended.complete(done.cause()))))
                .await(20, TimeUnit.SECONDS);
    }

    /** A certificate that is its own authority. */
    private static final class Certified {
        private final String key;
        private final String certificate;

        Certified(String host) throws Exception {
            KeyPair pair = KeyPairGenerator.getInstance("EC").generateKeyPair();
            var name = new X500Name("CN=" + host);
            Instant now = Instant.now();
            byte[] encoded = new JcaX509v3CertificateBuilder(
                            name,
                            BigInteger.valueOf(System.nanoTime()),
                            Date.from(now.minus(Duration.ofDays(1))),
                            Date.from(now.plus(Duration.ofDays(1))),
                            name,
                            pair.getPublic())
                    .addExtension(
                            Extension.subjectAlternativeName,
                            false,
                            new GeneralNames(new GeneralName(GeneralName.dNSName, host)))
                    .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()))
                    .getEncoded();
            key = pem("PRIVATE KEY", pair.getPrivate().getEncoded());
            certificate = pem("CERTIFICATE", encoded);
        }

        private static String pem(String kind, byte[] bytes) {
            return "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END "
                    + kind + "-----\n";
        }
    }
}
