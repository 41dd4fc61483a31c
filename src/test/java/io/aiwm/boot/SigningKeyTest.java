package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config.Mode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SigningKeyTest {
    @TempDir
    Path folder;

    private static KeyPair pair(String kind) throws Exception {
        if (kind.startsWith("RSA")) {
            KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
            rsa.initialize(Integer.parseInt(kind.substring(3)));
            return rsa.generateKeyPair();
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind.equals("Ed25519") ? kind : "EC");
        if (!kind.equals("Ed25519")) {
            generator.initialize(new ECGenParameterSpec(kind));
        }
        return generator.generateKeyPair();
    }

    private static String pem(String label, byte[] bytes) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + label
                + "-----\n";
    }

    /** As {@code openssl genrsa -traditional} and {@code openssl ecparam -genkey} write it. */
    private static String traditional(KeyPair pair) throws Exception {
        if (pair.getPrivate() instanceof ECPrivateKey ec) {
            return pem(
                    "EC PRIVATE KEY",
                    new org.bouncycastle.asn1.sec.ECPrivateKey(256, ec.getS(), X9ObjectIdentifiers.prime256v1)
                            .getEncoded());
        }
        var pkcs8 = PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded());
        return pem("RSA PRIVATE KEY", pkcs8.parsePrivateKey().toASN1Primitive().getEncoded());
    }

    @ParameterizedTest
    @CsvSource({"RSA2048,RS256", "secp256r1,ES256"})
    void the_kind_of_key_decides_the_algorithm_however_it_is_written(String kind, String algorithm) throws Exception {
        KeyPair pair = pair(kind);
        SigningKey key = SigningKey.parse(pem("PRIVATE KEY", pair.getPrivate().getEncoded()));

        assertThat(key.algorithm()).isEqualTo(algorithm);
        assertThat(key.publicKey().replaceAll("\\s", ""))
                .isEqualTo(pem("PUBLIC KEY", pair.getPublic().getEncoded()).replaceAll("\\s", ""));
        String old = traditional(pair);
        assertThat(SigningKey.parse(old).publicKey()).isEqualTo(key.publicKey());
        assertThat(SigningKey.parse(old).id()).isEqualTo(key.id());
        assertThat(key.toString()).doesNotContain("PRIVATE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"secp384r1", "secp521r1", "Ed25519"})
    void a_key_of_another_curve_is_refused(String kind) throws Exception {
        String key = pem("PRIVATE KEY", pair(kind).getPrivate().getEncoded());
        assertThat(SigningKey.unfit(key)).contains("must be an RSA key, or one of the elliptic curve P-256");
    }

    @Test
    void a_short_key_half_a_key_and_what_is_no_key_are_refused_without_a_word_of_them() throws Exception {
        String small = pem("PRIVATE KEY", pair("RSA1024").getPrivate().getEncoded());
        assertThat(SigningKey.unfit(small)).contains("is an RSA key of 1024 bits; it must have 2048 to 4096");
        KeyPair pair = pair("secp256r1");
        for (String text : List.of(
                "a secret that is no key",
                pem("PUBLIC KEY", pair.getPublic().getEncoded()),
                pem("PRIVATE KEY", new byte[] {1, 2, 3}),
                pem("PRIVATE KEY", pair.getPublic().getEncoded()),
                "-----BEGIN PRIVATE KEY-----\n%%%\n-----END PRIVATE KEY-----\n")) {
            assertThat(SigningKey.unfit(text))
                    .as(text)
                    .isPresent()
                    .hasValueSatisfying(
                            why -> assertThat(why).contains("private key").doesNotContain("secret"));
        }
        assertThat(SigningKey.unfit(null)).isEmpty();
    }

    @Test
    void it_is_read_from_a_file_of_its_owner_alone_and_refused_by_its_name() throws Exception {
        Path file = Files.writeString(
                folder.resolve("key.pem"),
                pem("PRIVATE KEY", pair("secp256r1").getPrivate().getEncoded()));
        var environment = Map.of("AIWM_AUTH_SIGNING_KEY_FILE", file.toString());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> load(environment))
                .hasMessageContaining("auth.signingKey (environment AIWM_AUTH_SIGNING_KEY_FILE) is in " + file
                        + ", which other users can read");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Secrets secrets = Secrets.open(load(environment));
        assertThat(secrets.signingKey().algorithm()).isEqualTo("ES256");
        assertThat(secrets.jwtKey()).hasSizeGreaterThanOrEqualTo(32);
        assertThat(secrets.tokenKeys()).isNotEqualTo(secrets.jwtKey());

        Files.writeString(file, "no key");
        assertThatThrownBy(() -> load(environment))
                .hasMessageContaining(
                        "auth.signingKey (environment AIWM_AUTH_SIGNING_KEY_FILE) must hold a private key");
    }

    private Config load(Map<String, String> environment) {
        return ConfigLoader.load(
                        Mode.CONTROLLER,
                        new ConfigLoader.Sources(null, environment, Map.of("--data-dir", folder.toString()), List.of()))
                .config();
    }
}
