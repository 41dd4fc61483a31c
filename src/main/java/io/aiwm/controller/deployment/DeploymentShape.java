package io.aiwm.controller.deployment;

import io.aiwm.controller.store.Records;

final class DeploymentShape implements Records.Shape<Deployment> {
    @Override
    public String id(Deployment record) {
        return record.id();
    }

    @Override
    public long version(Deployment record) {
        return record.version();
    }

    @Override
    public Deployment withVersion(Deployment record, long version) {
        return record.withVersion(version);
    }
}
