package io.aiwm.controller.deployment;

/**
 * A model that AIWM keeps, by its name or id, or one that is only downloaded, by its URL.
 *
 * @param id of a model that AIWM keeps; with a URL: its name on nodes
 * @param url where it is downloaded from; null: AIWM keeps it
 * @param sha256 64 hexadecimal digits; null: not verified. Of a version the digest of all its files
 * @param name of a model that AIWM keeps
 * @param version what was asked for: a number, an alias, {@code latest}; null: the latest
 * @param number the version that this was when it was asked for; null: that was not looked up yet
 */
public record DeploymentModel(String id, String url, String sha256, String name, String version, Integer number) {
    /** Whether AIWM keeps it. */
    boolean isKept() {
        return url == null;
    }

    String versionId() {
        return id + ":" + number;
    }

    /** As a request that means this very version. */
    DeploymentModel pinned() {
        return new DeploymentModel(null, null, null, name, String.valueOf(number), null);
    }

    /** As a request says it. */
    DeploymentModel said() {
        return isKept() ? new DeploymentModel(null, null, null, name, version, null) : this;
    }
}
