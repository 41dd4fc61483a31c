package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Keeps docs/configuration.md true; {@code mvn test -Dtest=ConfigurationDocumentTest -Daiwm.write=true} writes it. */
class ConfigurationDocumentTest {
    private static final Path DOCUMENT = Path.of("docs", "configuration.md");

    @Test
    void the_document_lists_every_setting_as_it_is() throws IOException {
        if (Boolean.getBoolean("aiwm.write")) {
            Files.writeString(DOCUMENT, document());
        }
        assertThat(Files.readString(DOCUMENT)).isEqualTo(document());
    }

    private static String document() {
        return """
            # Configuration

            A setting has one name in three spellings: `http.maxBodyBytes` in the YAML file, `AIWM_HTTP_MAX_BODY_BYTES` in the
            environment, `--http-max-body-bytes` as a flag. Flags overrule the environment, the environment overrules the file, the file
            overrules the defaults. The file is the one `--config` or `AIWM_CONFIG` names, else `conf/aiwm.yaml` in the working
            directory when it exists; keys may be nested or dotted, in `camelCase` or `snake_case`.

            Whatever is wrong is reported at once, each mistake with its key and its place, and the process ends with 1 (2 when a flag is
            unknown). `aiwm config print` shows what was set and where, `--effective` every setting, secrets masked;
            `aiwm config check` only checks, `verticles.json` included.

            - **Durations** are `250ms`, `30s`, `5m`, `2h`, `1d`; a bare number counts milliseconds. **Sizes** are `512m`, `1GiB`, in powers
              of 1,024; a bare number counts bytes. **Lists** are YAML lists or `a,b`; **labels** YAML mappings or `a=b,c=d`.
            - **Secrets** can also be named as files: `AIWM_JWT_KEY_FILE`, `--auth-jwt-key-file`, `auth.jwtKeyFile`. The key that signs
              tokens and the first password of `admin` are generated at the first start, into `dataDir/jwt.key` and
              `dataDir/admin-password` with mode 0600; weak ones, and files others can read, are refused. Several controllers on
              one database need the same `auth.jwtKey`, and the same `auth.signingKey` if there is one.
            - **dataDir** is `data` in the working directory, so that an unpacked AIWM keeps everything in one folder that can be copied
              and deleted; a service sets `AIWM_DATA_DIR=/var/lib/aiwm`.
            - **Workers** take `worker.controllerUrl` and a node token. Only those that are to be members of the controllers' cluster go without
              the URL; they need the cluster key too. A URL of another machine begins with `wss://` or `https://`: without TLS the node token and
              commands with their secrets can be read and changed on the way. `ws://` to it is refused unless `controller.allowInsecure` is set,
              which is for a private network that you trust, such as a VPN.
            - **The cluster** binds to loopback. A `controller` or `standalone` needs none and listens on no cluster port until any `cluster.*`
              setting, or `storage.mongoUri`, is given, so several of them stand side by side with a `PORT` and a `dataDir` each. Members on one
              machine find each other on the `cluster.ports` from `cluster.port` on. With more machines set `cluster.host` to a private address
              and list some members. Who knows no `cluster.key` is refused on every port ([security.md](security.md)); what Hazelcast says on the
              cluster port is not encrypted, so a public or wildcard address is refused.
            - **One cluster has one database.** A controller that finds one with another database in its cluster refuses to start and
              names both. Several controllers in one cluster need the same `storage.mongoUri`; other installations beside them
              take a `cluster.name` or `cluster.port` of their own, or `cluster.enabled: false`.
            - **Files of jobs** are kept in `objectStorage.folder`, or on the S3 server that `objectStorage.endpoint` names. Several
              controllers may share one; where they do not, each keeps what it takes in and reads the rest through the others. The
              folder's name for that is in its file `.place`, which belongs to it: copy it too, and give no two folders the same.
            - `AIWM_VERTICLES` or `--verticles` names another `verticles.json`; `AIWM_JAVA_OPTS` adds JVM options to `bin/aiwm`.

            | setting | default | also | what |
            |---|---|---|---|
            """ + Settings.ALL.stream().map(ConfigurationDocumentTest::row).collect(Collectors.joining());
    }

    private static String row(Setting<?> setting) {
        String fallback = setting.fallback() == null || setting.fallback().isEmpty() ? "–" : setting.fallback();
        return "| `" + setting.key() + "` | " + fallback + " | "
                + setting.aliases().stream().map(name -> "`" + name + "`").collect(Collectors.joining(", ")) + " | "
                + setting.about()
                + (setting.kind().what().equals("text")
                        ? ""
                        : " (" + setting.kind().what() + ")")
                + (setting.secret() ? " – secret" : "") + " |\n";
    }
}
