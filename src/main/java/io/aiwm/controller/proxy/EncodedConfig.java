package io.aiwm.controller.proxy;

import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.protocol.ProxyConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** A configuration in the pieces that proxies are sent. */
record EncodedConfig(GatewayConfig config, String sha256, List<ProxyConfig> pieces) {

    /** Takes a while for a large one. Fails where it is larger than proxies take. */
    static EncodedConfig of(GatewayConfig config) {
        byte[] text = Json.encode(config).getBytes(StandardCharsets.UTF_8);
        byte[] zipped = zipped(text);
        int parts = (zipped.length + ProxyConfig.PART_BYTES - 1) / ProxyConfig.PART_BYTES;
        if (text.length > ProxyConfig.MOST_BYTES || parts > ProxyConfig.MOST_PARTS) {
            throw new IllegalStateException("the configuration of " + text.length + " bytes is too large for proxies");
        }
        String digest = Sha256.hex(text);
        var pieces = new ArrayList<ProxyConfig>(parts);
        for (int i = 0; i < parts; i++) {
            int from = i * ProxyConfig.PART_BYTES;
            byte[] piece = Arrays.copyOfRange(zipped, from, Math.min(zipped.length, from + ProxyConfig.PART_BYTES));
            pieces.add(new ProxyConfig(
                    config.revision(), digest, i, parts, Base64.getEncoder().encodeToString(piece)));
        }
        return new EncodedConfig(config, digest, List.copyOf(pieces));
    }

    private static byte[] zipped(byte[] text) {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(bytes)) {
            zip.write(text);
        } catch (IOException cannotBe) {
            throw new UncheckedIOException(cannotBe);
        }
        return bytes.toByteArray();
    }
}
