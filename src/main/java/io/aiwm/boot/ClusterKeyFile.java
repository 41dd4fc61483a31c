package io.aiwm.boot;

/** The operations of {@code aiwm cluster key} on the key in a controller's data directory. Every method throws {@link StartFailure}. */
public final class ClusterKeyFile {
    private ClusterKeyFile() {}

    /** Returns the key or keys, one per line. Creates a key if there is none, as the first start of a controller does. */
    public static String print(Config config) {
        return open(config).text();
    }

    /** Adds a new key before the current one, which stays valid. @return the new content of the file */
    public static String rotate(Config config) {
        ClusterKey present = ownFile(config);
        if (present.size() > 1) {
            throw new StartFailure(
                    "an exchange of keys is under way: when every member has both keys and was restarted,"
                            + " run 'aiwm cluster key --drop-old'");
        }
        return write(config, present.rotated());
    }

    /** Keeps only the newest key. @return the new content of the file */
    public static String dropOld(Config config) {
        return write(config, ownFile(config).newestAlone());
    }

    private static ClusterKey open(Config config) {
        return ClusterKey.open(config, config.cluster().key() == null ? Secrets.open(config) : null);
    }

    private static ClusterKey ownFile(Config config) {
        if (config.cluster().key() != null) {
            throw new StartFailure(
                    "cluster.key is configured: exchange it where it is kept, a new key in the line before"
                            + " the present one");
        }
        return open(config);
    }

    private static String write(Config config, ClusterKey key) {
        SecretFile.replace(ClusterKey.file(config), key.text());
        return key.text();
    }
}
