package io.aiwm.protocol;

import java.net.URI;
import java.net.URISyntaxException;

/** From where a model may come; one rule, so that a controller refuses at once what a worker would refuse later. */
public final class ModelUrl {
    private ModelUrl() {}

    /** What is wrong with it, to be read after the field's name; null when nothing is. */
    public static String mistake(String text) {
        try {
            var url = new URI(text.strip());
            boolean web = "https".equalsIgnoreCase(url.getScheme()) || "http".equalsIgnoreCase(url.getScheme());
            if (!web || url.getHost() == null) {
                return "must be an http or https URL with a host";
            }
            if (url.getPort() == 0 || url.getPort() > 65_535) {
                return "must have a port of 1 to 65535, or none";
            }
            return url.getRawUserInfo() == null ? null : "must not carry a user name or password";
        } catch (URISyntaxException cause) {
            return "is not a URL";
        }
    }
}
