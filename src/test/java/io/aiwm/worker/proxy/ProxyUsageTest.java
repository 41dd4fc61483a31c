package io.aiwm.worker.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.inference.Caller;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.protocol.ProxyState;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Usage, load and limits between a proxy and its controller. */
class ProxyUsageTest extends ProxyPairRig {
    @Test
    void usage_is_replayed_and_counted_once_however_often_it_comes() throws Exception {
        connected = false;
        start();
        gateway.usage.ended(Calls.call("a"));
        gateway.usage.ended(Calls.call("b"));
        restart();
        gateway.usage.ended(Calls.call("c"));

        losesAcks = true;
        connected = true;
        node.sessionBegan();
        await().until(() -> counted.contains("a"));
        restart(); // between the message and its acknowledgement
        losesAcks = false;
        node.sessionBegan();

        await().until(() -> counted.contains("c"));
        assertThat(counted).containsExactly("a", "b", "c");
        await().until(() -> sequences.size() >= 3);
        assertThat(sequences.get(0)).as("the same batch again").isEqualTo(sequences.get(1));
    }

    @Test
    void the_load_of_all_proxies_is_known() throws Exception {
        start();
        gateway.load = List.of(new ProxyState.Load("dep_1", 3, 2));
        await().untilAsserted(() -> assertThat(proxies.load("dep_1")).isEqualTo(new ProxyState.Load("dep_1", 3, 2)));
        gateway.load = List.of();
        await().untilAsserted(() -> assertThat(proxies.load("dep_1")).isEqualTo(new ProxyState.Load("dep_1", 0, 0)));
    }

    @Test
    void limits_are_leased_over_the_link() throws Exception {
        start();
        var limits = new KeyLimits(null, null, null, 5, null, null);
        var caller = new Caller("key_0", "ana", null, limits, KeyLimits.NONE);
        int let = 0;
        for (int i = 0; i < 12; i++) {
            try {
                gateway.limiter.reserve(caller, 10).await(5, TimeUnit.SECONDS);
                let++;
            } catch (io.aiwm.inference.GatewayError.Refused refused) {
                assertThat(refused.error.status()).isEqualTo(429);
            }
        }
        assertThat(let).isEqualTo(5);
    }
}
