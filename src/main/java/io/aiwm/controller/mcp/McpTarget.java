package io.aiwm.controller.mcp;

import io.aiwm.common.Sha256;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A server whose tools are called.
 *
 * @param url its endpoint; of a deployment only the path counts
 * @param deployment the name of the deployment whose containers serve it; null: it is not one of AIWM's own
 * @param headers to send, with the secrets in them
 */
public record McpTarget(URI url, String deployment, Map<String, String> headers) {
    /** Fails with IllegalArgumentException if the URL is none of http or https, or has a user in it. */
    public McpTarget {
        Objects.requireNonNull(url, "url");
        headers = Map.copyOf(headers);
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException("the URL of an MCP server begins with http:// or https://");
        }
        if (url.getHost() == null || url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("the URL of an MCP server has a host, and neither user nor fragment");
        }
    }

    public static McpTarget external(URI url, Map<String, String> headers) {
        return new McpTarget(url, null, headers);
    }

    /** @param path of the endpoint, such as {@code /mcp} */
    public static McpTarget deployment(String name, String path, Map<String, String> headers) {
        return new McpTarget(URI.create("http://deployment.invalid" + path), name, headers);
    }

    /** What may be kept for it is kept under this; another credential has a key of its own. */
    String key() {
        return Sha256.hex(url + "\n" + deployment + "\n" + new TreeMap<>(headers));
    }

    /** For messages; without what may be secret. */
    String name() {
        return deployment == null ? url.getHost() : "deployment " + deployment;
    }

    @Override
    public String toString() {
        return "McpTarget[" + name() + "]";
    }
}
