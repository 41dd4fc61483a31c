package io.aiwm.boot;

import io.aiwm.common.Sha256;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;

/**
 * The private key that signs the tokens of users, where one is configured. The kind of key decides the algorithm, so that
 * the two cannot disagree: RSA is RS256, an elliptic curve key ES256.
 *
 * @param id the {@code kid} of the tokens, derived from the public key
 * @param privateKey PEM, PKCS#8
 * @param publicKey PEM, X.509
 */
public record SigningKey(String algorithm, String id, String privateKey, String publicKey) {
    private static final int MIN_RSA_BITS = 2_048;
    /** One signature with a longer key would block an event loop for tens of milliseconds. */
    private static final int MAX_RSA_BITS = 4_096;

    private static final int ID_CHARS = 16;

    /** Returns why this text is not a valid key, or nothing. Null stands for no key. */
    static Optional<String> unfit(String pem) {
        if (pem == null) {
            return Optional.empty();
        }
        try {
            parse(pem);
            return Optional.empty();
        } catch (IllegalArgumentException unfit) {
            return Optional.of(unfit.getMessage());
        }
    }

    /** Throws IllegalArgumentException whose message continues a sentence that begins with the setting's name. */
    public static SigningKey parse(String pem) {
        PrivateKeyInfo read = read(pem);
        AlgorithmIdentifier kind = read.getPrivateKeyAlgorithm();
        AsymmetricKeyParameter key = decode(read);
        if (key instanceof RSAPrivateCrtKeyParameters rsa
                && kind.getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption)) {
            int bits = rsa.getModulus().bitLength();
            if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
                throw new IllegalArgumentException(
                        "is an RSA key of " + bits + " bits; it must have " + MIN_RSA_BITS + " to " + MAX_RSA_BITS);
            }
            return of("RS256", read, new RSAKeyParameters(false, rsa.getModulus(), rsa.getPublicExponent()));
        }
        if (key instanceof ECPrivateKeyParameters ec && X9ObjectIdentifiers.prime256v1.equals(kind.getParameters())) {
            var curve = ec.getParameters();
            var point = curve.getG().multiply(ec.getD()).normalize();
            return of("ES256", read, new ECPublicKeyParameters(point, curve));
        }
        throw new IllegalArgumentException("must be an RSA key, or one of the elliptic curve P-256");
    }

    @Override
    public String toString() {
        return "SigningKey[" + algorithm + " " + id + "]";
    }

    private static AsymmetricKeyParameter decode(PrivateKeyInfo read) {
        try {
            return PrivateKeyFactory.createKey(read);
        } catch (IOException | RuntimeException malformed) {
            throw new IllegalArgumentException("holds a malformed private key, or one of an unknown kind", malformed);
        }
    }

    private static SigningKey of(String algorithm, PrivateKeyInfo privateKey, AsymmetricKeyParameter publicKey) {
        try {
            byte[] encoded = SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(publicKey)
                    .getEncoded();
            return new SigningKey(
                    algorithm,
                    Sha256.hex(encoded).substring(0, ID_CHARS),
                    pem("PRIVATE KEY", privateKey.getEncoded()),
                    pem("PUBLIC KEY", encoded));
        } catch (IOException impossible) {
            throw new IllegalArgumentException("cannot be encoded", impossible);
        }
    }

    /** PKCS#8, or what {@code openssl genrsa -traditional} and {@code openssl ecparam -genkey} write. */
    private static PrivateKeyInfo read(String pem) {
        try (var parser = new PEMParser(new StringReader(pem))) {
            for (Object part = parser.readObject(); part != null; part = parser.readObject()) {
                if (part instanceof PrivateKeyInfo key) {
                    return key;
                }
                if (part instanceof PEMKeyPair pair) {
                    return pair.getPrivateKeyInfo();
                }
            }
        } catch (IOException | RuntimeException malformed) {
            throw new IllegalArgumentException("is not a private key in PEM", malformed);
        }
        throw new IllegalArgumentException("must hold a private key in PEM, without a password");
    }

    private static String pem(String kind, byte[] encoded) {
        var base64 = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
        return "-----BEGIN " + kind + "-----\n" + base64.encodeToString(encoded) + "\n-----END " + kind + "-----\n";
    }
}
