package io.aiwm.testing;

import io.vertx.core.MultiMap;
import io.vertx.core.eventbus.impl.clustered.ClusteredMessage;
import io.vertx.core.eventbus.impl.codecs.JsonObjectMessageCodec;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Speaks to the port of the event bus, or of the cluster, without being a member of anything. */
public final class RawBusSocket {
    private static final int PATIENCE_MILLIS = 5_000;

    private RawBusSocket() {}

    /** One message of the event bus as Vert.x writes it to the wire. */
    public static byte[] frame(String address, JsonObject body) {
        return new ClusteredMessage<>(
                        "127.0.0.1",
                        address,
                        MultiMap.caseInsensitiveMultiMap(),
                        body,
                        new JsonObjectMessageCodec(),
                        true,
                        null)
                .encodeToWire()
                .getBytes();
    }

    /** @return how many bytes came back before the other end closed; -1: it did not close */
    public static int send(String host, int port, byte[]... frames) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
            return exchange(socket, frames);
        }
    }

    /** The same behind TLS, without a certificate, or with one of its own making that names the authority it is asked for. */
    public static int sendOverTls(String host, int port, boolean certificate, byte[]... frames) throws Exception {
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(
                certificate ? new KeyManager[] {new SelfMade()} : new KeyManager[0],
                new TrustManager[] {new TrustsAll()},
                new SecureRandom());
        try (var socket = context.getSocketFactory().createSocket()) {
            socket.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
            return exchange(socket, frames);
        } catch (javax.net.ssl.SSLException refused) {
            return 0;
        }
    }

    private static int exchange(Socket socket, byte[]... frames) throws IOException {
        socket.setSoTimeout(PATIENCE_MILLIS);
        int read = 0;
        try {
            for (byte[] frame : frames) {
                socket.getOutputStream().write(frame);
                socket.getOutputStream().flush();
            }
            byte[] some = new byte[1_024];
            for (int count; (count = socket.getInputStream().read(some)) > 0; ) {
                read += count;
            }
            return read;
        } catch (SocketTimeoutException open) {
            return -1;
        } catch (java.net.SocketException reset) {
            return read;
        }
    }

    private static final class TrustsAll extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** A certificate by an authority of the rogue's own that bears the name the bus asks for. */
    private static final class SelfMade extends X509ExtendedKeyManager {
        private final AtomicReference<X509Certificate[]> chain = new AtomicReference<>();
        private KeyPair pair;

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            try {
                String name = issuers == null || issuers.length == 0 ? "CN=AIWM cluster" : issuers[0].getName();
                var generator = KeyPairGenerator.getInstance("EC");
                KeyPair authority = generator.generateKeyPair();
                pair = generator.generateKeyPair();
                chain.set(new X509Certificate[] {
                    certificate(authority, name, "CN=AIWM member", pair, false),
                    certificate(authority, name, name, authority, true)
                });
                return "rogue";
            } catch (Exception cause) {
                throw new AssertionError(cause);
            }
        }

        private static X509Certificate certificate(
                KeyPair signer, String issuer, String subject, KeyPair owner, boolean signs) throws Exception {
            Instant now = Instant.now();
            var made = new JcaX509v3CertificateBuilder(
                            new X500Principal(issuer),
                            BigInteger.valueOf(now.toEpochMilli()),
                            Date.from(now.minusSeconds(60)),
                            Date.from(now.plusSeconds(3_600)),
                            new X500Principal(subject),
                            owner.getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(signs))
                    .build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate()));
            return new JcaX509CertificateConverter().getCertificate(made);
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return chain.get();
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return pair.getPrivate();
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return new String[] {"rogue"};
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return new String[0];
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return null;
        }
    }
}
