package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class NameLookupsTest {
    @Test
    void names_that_do_not_answer_hold_no_other_work_up() throws Exception {
        var vertx = Vertx.vertx(new VertxOptions().setWorkerPoolSize(1));
        var answer = new CountDownLatch(1);
        var asked = new CountDownLatch(1);
        try {
            var name = new NameLookups(vertx).run(() -> {
                asked.countDown();
                answer.await();
                return "found";
            });
            asked.await();
            assertThat(vertx.executeBlocking(() -> "done").await(10, TimeUnit.SECONDS))
                    .isEqualTo("done");
            answer.countDown();
            assertThat(name.await(10, TimeUnit.SECONDS)).isEqualTo("found");
        } finally {
            answer.countDown();
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }
}
