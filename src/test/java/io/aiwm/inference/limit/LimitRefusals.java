package io.aiwm.inference.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.limit.Limiter.Reservation;
import io.vertx.core.Future;

/** What a call is refused with. */
final class LimitRefusals {
    private LimitRefusals() {}

    static GatewayError error(Future<Reservation> call) {
        assertThat(call.failed()).as("refused").isTrue();
        return ((GatewayError.Refused) call.cause()).error;
    }
}
