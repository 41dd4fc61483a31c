package io.aiwm.inference.limit;

import java.util.List;

/** What a caller without limits holds. */
final class Unlimited implements Limiter.Reservation {
    static final Unlimited RESERVATION = new Unlimited();

    private Unlimited() {}

    @Override
    public void settle(long tokensUsed) {
        // nothing was taken
    }

    @Override
    public List<String> headers() {
        return List.of();
    }
}
