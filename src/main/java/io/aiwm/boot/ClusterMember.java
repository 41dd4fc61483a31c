package io.aiwm.boot;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.nio.MemberSocketInterceptor;
import io.vertx.core.Completable;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

/**
 * A Hazelcast member whose every connection begins with {@link MemberHandshake}. Hazelcast's configuration has a place for
 * such an interceptor; its open-source edition reads it and then asks {@code NodeExtension.getSocketInterceptor}, which answers
 * with none. That one answer is what is overridden here: an internal class, the same in Hazelcast 5.3 to 5.6, so look at it
 * when the version changes ({@code ClusterSecurityIT} fails if it is not asked any more).
 */
final class ClusterMember {
    private ClusterMember() {}

    static HazelcastInstance start(com.hazelcast.config.Config config, MemberHandshake handshake) {
        return HazelcastInstanceFactory.newHazelcastInstance(
                config, HazelcastInstanceFactory.createInstanceName(config), new DefaultNodeContext() {
                    @Override
                    public NodeExtension createNodeExtension(Node node) {
                        return new DefaultNodeExtension(node) {
                            @Override
                            public MemberSocketInterceptor getSocketInterceptor(EndpointQualifier endpoint) {
                                return handshake;
                            }
                        };
                    }
                });
    }

    /** Leaves the cluster when Vert.x closes, as the cluster manager does with an instance that it created itself. */
    static final class Manager extends HazelcastClusterManager {
        private final HazelcastInstance instance;

        Manager(HazelcastInstance instance) {
            super(instance);
            this.instance = instance;
        }

        @Override
        public void leave(Completable<Void> left) {
            super.leave((nothing, cause) -> {
                instance.shutdown();
                if (cause == null) {
                    left.succeed();
                } else {
                    left.fail(cause);
                }
            });
        }
    }
}
