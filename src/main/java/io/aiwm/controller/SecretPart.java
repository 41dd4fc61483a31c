package io.aiwm.controller;

import io.aiwm.boot.SecretKeys;
import io.aiwm.controller.api.SecretResource;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.SecretKeyUse;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.DocumentStore.Collection;
import java.util.List;

/** Stored secrets: named values for use by other rooms, sealed in the store. */
final class SecretPart implements Part {
    final StoredSecrets secrets;
    final RegistryPasswords registries;
    final SecretKeyUse keyUse;

    /** Reads or makes the key, a short file. */
    SecretPart(PartContext basis) {
        SecretKeys keys = SecretKeys.open(basis.config());
        var cipher = new SecretCipher(keys.current(), keys.previous());
        secrets = new StoredSecrets(basis.vertx(), basis.store(), basis.clock(), cipher);
        registries = new RegistryPasswords(secrets);
        keyUse = new SecretKeyUse(secrets, cipher, basis.store(), basis.clock(), basis.alone());
    }

    @Override
    public List<Collection> collections() {
        return List.of(StoredSecrets.COLLECTION, SecretKeyUse.COLLECTION);
    }

    @Override
    public List<Resource> resources() {
        return List.of(new SecretResource(secrets));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(new Sweep("keys of stored secrets", SecretKeyUse.EVERY, keyUse::run));
    }
}
