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
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/** A configuration in the pieces that proxies are sent. @param leftOut how many keys are not in it */
record EncodedConfig(GatewayConfig config, String sha256, List<ProxyConfig> pieces, int leftOut) {

    /**
     * Takes a while for a large one. Where it is larger than proxies take, the largest keys are left out: otherwise one user with many
     * of them would keep all proxies from hearing which keys have ended. Fails where it is too large without any key.
     */
    static EncodedConfig of(GatewayConfig config) {
        return of(config, ProxyConfig.MOST_BYTES);
    }

    static EncodedConfig of(GatewayConfig whole, int mostBytes) {
        GatewayConfig config = whole;
        while (true) {
            byte[] text = Json.encode(config).getBytes(StandardCharsets.UTF_8);
            byte[] zipped = text.length > mostBytes ? null : zipped(text);
            if (zipped != null && parts(zipped) <= ProxyConfig.MOST_PARTS) {
                return new EncodedConfig(
                        config,
                        Sha256.hex(text),
                        pieces(config.revision(), text, zipped),
                        whole.keys().size() - config.keys().size());
            }
            if (config.keys().isEmpty()) {
                throw new IllegalStateException(
                        "the configuration of " + text.length + " bytes is too large for proxies");
            }
            config = smaller(config, Math.max(text.length - mostBytes, text.length / 8));
        }
    }

    private static GatewayConfig smaller(GatewayConfig config, int bytes) {
        var sizes = new IdentityHashMap<GatewayConfig.Key, Integer>();
        config.keys().forEach(key -> sizes.put(key, Json.encode(key).length()));
        var largest = new ArrayList<>(config.keys());
        largest.sort(Comparator.comparing(sizes::get, Comparator.reverseOrder()));
        Set<GatewayConfig.Key> without = Collections.newSetFromMap(new IdentityHashMap<>());
        long saved = 0;
        for (int i = 0; i < largest.size() && saved < bytes; i++) {
            without.add(largest.get(i));
            saved += sizes.get(largest.get(i));
        }
        return new GatewayConfig(
                config.revision(),
                config.deployments(),
                config.endpoints(),
                config.aliases(),
                config.keys().stream().filter(key -> !without.contains(key)).toList(),
                config.teams());
    }

    private static int parts(byte[] zipped) {
        return (zipped.length + ProxyConfig.PART_BYTES - 1) / ProxyConfig.PART_BYTES;
    }

    private static List<ProxyConfig> pieces(long revision, byte[] text, byte[] zipped) {
        int parts = parts(zipped);
        String digest = Sha256.hex(text);
        var pieces = new ArrayList<ProxyConfig>(parts);
        for (int i = 0; i < parts; i++) {
            int from = i * ProxyConfig.PART_BYTES;
            byte[] piece = Arrays.copyOfRange(zipped, from, Math.min(zipped.length, from + ProxyConfig.PART_BYTES));
            pieces.add(new ProxyConfig(
                    revision, digest, i, parts, Base64.getEncoder().encodeToString(piece)));
        }
        return List.copyOf(pieces);
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
