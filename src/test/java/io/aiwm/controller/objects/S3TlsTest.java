package io.aiwm.controller.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Properties;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An S3 server with TLS, whose certificate comes from an authority that no JVM trusts. */
@Timeout(60)
class S3TlsTest {
    private static final char[] PASSWORD = "password".toCharArray();

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private KeyStore keys;
    private S3Proxy server;

    @BeforeEach
    void start() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("EC").generateKeyPair();
        keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("s3", pair.getPrivate(), PASSWORD, new Certificate[] {certificate(pair)});
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        var tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        server = S3Proxy.builder()
                .blobStore(BlobStores.create("transient-nio2", new Properties()))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "access", "secret")
                .secureEndpoint(URI.create("https://127.0.0.1:0"))
                .sslContext(tls)
                .build();
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await();
        server.stop();
    }

    private static X509Certificate certificate(KeyPair pair) throws Exception {
        var name = new X500Name("CN=s3");
        Instant now = Instant.now();
        return new JcaX509CertificateConverter()
                .getCertificate(new JcaX509v3CertificateBuilder(
                                name,
                                BigInteger.ONE,
                                Date.from(now.minus(Duration.ofDays(1))),
                                Date.from(now.plus(Duration.ofDays(1))),
                                name,
                                pair.getPublic())
                        .addExtension(
                                Extension.subjectAlternativeName,
                                false,
                                new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")))
                        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
    }

    private S3ObjectStore store(Path ca) {
        return new S3ObjectStore(
                vertx,
                new Config.ObjectStorage(
                        "127.0.0.1",
                        folder,
                        server.getSecurePort(),
                        new Config.ServerTls(true, ca),
                        new Config.S3Keys("access", "secret"),
                        "aiwm-models",
                        null));
    }

    @Test
    void it_is_trusted_by_its_own_authority_alone() throws Exception {
        Path ca = Files.writeString(
                folder.resolve("ca.pem"),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(keys.getCertificate("s3").getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        var trusting = store(ca);
        trusting.open().await();
        var upload = trusting.beginUpload("models/a", -1).await();
        upload.append(Pieces.of(vertx, Buffer.buffer(new byte[1 << 20]), 9)).await();
        assertThat(upload.complete().await().sizeBytes()).isEqualTo(9 << 20);
        var request = new ObjectStore.UrlRequest(Duration.ofMinutes(1), null, null, null);
        assertThat(get(trusting.signedUrl("models/a", request).await().url())).isEqualTo(9 << 20);
        trusting.close().await();

        var strict = store(null);
        assertThat(ObjectUploadContract.refusal(strict.open()).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        strict.close().await();
    }

    private int get(String url) throws Exception {
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("s3", keys.getCertificate("s3"));
        managers.init(trusted);
        var tls = SSLContext.getInstance("TLS");
        tls.init(null, managers.getTrustManagers(), null);
        return HttpClient.newBuilder()
                .sslContext(tls)
                .build()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofByteArray())
                .body()
                .length;
    }
}
