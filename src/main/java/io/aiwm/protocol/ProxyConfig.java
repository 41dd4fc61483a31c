package io.aiwm.protocol;

/**
 * Controller to worker of role proxy: a piece of the configuration that it is to serve, in order. A piece of another
 * configuration begins anew. The whole takes the place of what it serves, and is acknowledged with {@link ProxyState}. Holds
 * secrets.
 *
 * @param revision for people; which configuration it is says the digest
 * @param sha256 of the whole JSON text, in hex
 * @param part from 0
 * @param parts at most {@value #MOST_PARTS}
 * @param content base64 of a piece, of at most {@value #PART_BYTES} bytes, of the text in gzip
 */
public record ProxyConfig(long revision, String sha256, int part, int parts, String content) {
    public static final String TYPE = "proxy.config";
    public static final int MOST_PARTS = 64;
    public static final int PART_BYTES = 384 * 1024;
    /** Of the JSON text. */
    public static final int MOST_BYTES = 64 << 20;

    @Override
    public String toString() {
        return "ProxyConfig[" + revision + ", " + part + " of " + parts + "]";
    }
}
