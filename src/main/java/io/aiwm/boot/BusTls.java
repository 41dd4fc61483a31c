package io.aiwm.boot;

import io.aiwm.common.Sha256;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Date;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.ECNamedCurveTable;
import org.bouncycastle.jce.spec.ECNamedCurveParameterSpec;
import org.bouncycastle.jce.spec.ECNamedCurveSpec;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Mutual TLS of the event bus. Every member derives the same certificate authority from the {@link ClusterKey}, one for each
 * key, and signs a certificate of its own at each start: there is no file and no date of expiry to look after.
 *
 * <pre>this member, certified by the authority of the newest key, which is certified by that of the key before</pre>
 *
 * So a member that has both keys is trusted by members that have either, in one chain as the JDK demands it. (Vert.x carries
 * the options of its event bus as JSON, which leaves no way to bring a trust manager of one's own.)
 */
final class BusTls {
    private static final String CURVE = "secp256r1";
    private static final String SIGNATURE = "SHA256withECDSA";
    private static final int VALID_DAYS = 36_500;
    private static final SecureRandom RANDOM = new SecureRandom();

    private BusTls() {}

    /** Sets up both ends; any other TLS setting of the options is replaced. */
    static void secure(EventBusOptions options, ClusterKey key) {
        try {
            KeyPair end = keyPair();
            var certified = new Signer(new X500Name("CN=AIWM member"), end);
            var chain = new StringBuilder();
            var trust = new PemTrustOptions();
            for (byte[] secret : key.derive("aiwm event bus authority 1")) {
                Signer authority = authority(secret);
                chain.append(authority.certify(certified.name, certified.pair.getPublic(), certified.pair != end));
                trust.addCertValue(Buffer.buffer(authority.certify(authority.name, authority.pair.getPublic(), true)));
                certified = authority;
            }
            options.setSsl(true)
                    .setKeyCertOptions(new PemKeyCertOptions()
                            .addKeyValue(Buffer.buffer(
                                    pem("PRIVATE KEY", end.getPrivate().getEncoded())))
                            .addCertValue(Buffer.buffer(chain.toString())))
                    .setTrustAll(false)
                    .setTrustOptions(trust)
                    .setClientAuth(ClientAuth.REQUIRED)
                    .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"));
        } catch (GeneralSecurityException | IOException | OperatorCreationException cause) {
            throw new StartFailure("this Java cannot make the certificate of the event bus: " + cause.getMessage());
        }
    }

    private record Signer(X500Name name, KeyPair pair) {
        /** @return the certificate as PEM */
        String certify(X500Name subject, PublicKey key, boolean signs) throws IOException, OperatorCreationException {
            Instant now = Instant.now();
            return pem(
                    "CERTIFICATE",
                    new JcaX509v3CertificateBuilder(
                                    name,
                                    new BigInteger(120, RANDOM),
                                    Date.from(now.minus(VALID_DAYS, ChronoUnit.DAYS)),
                                    Date.from(now.plus(VALID_DAYS, ChronoUnit.DAYS)),
                                    subject,
                                    key)
                            .addExtension(Extension.basicConstraints, true, new BasicConstraints(signs))
                            .build(new JcaContentSignerBuilder(SIGNATURE).build(pair.getPrivate()))
                            .getEncoded());
        }
    }

    /** Returns the same authority for everyone who knows the secret. Its name differs for each key. */
    private static Signer authority(byte[] secret) throws GeneralSecurityException {
        ECNamedCurveParameterSpec curve = ECNamedCurveTable.getParameterSpec(CURVE);
        // 1 to n-1; 256 bits reduced by n, which of this curve is just under 2^256
        BigInteger scalar = new BigInteger(1, secret)
                .mod(curve.getN().subtract(BigInteger.ONE))
                .add(BigInteger.ONE);
        ECPoint point = curve.getG().multiply(scalar).normalize();
        var spec = new ECNamedCurveSpec(CURVE, curve.getCurve(), curve.getG(), curve.getN(), curve.getH());
        KeyFactory keys = KeyFactory.getInstance("EC");
        PrivateKey priv = keys.generatePrivate(new ECPrivateKeySpec(scalar, spec));
        PublicKey pub = keys.generatePublic(new ECPublicKeySpec(
                new java.security.spec.ECPoint(
                        point.getAffineXCoord().toBigInteger(),
                        point.getAffineYCoord().toBigInteger()),
                spec));
        String print = Sha256.hex(pub.getEncoded()).substring(0, 16);
        return new Signer(new X500Name("CN=AIWM cluster " + print), new KeyPair(pub, priv));
    }

    private static KeyPair keyPair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(CURVE), RANDOM);
        return generator.generateKeyPair();
    }

    private static String pem(String what, byte[] der) {
        String body = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
    }
}
