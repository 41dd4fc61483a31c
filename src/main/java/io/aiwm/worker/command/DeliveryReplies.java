package io.aiwm.worker.command;

import io.aiwm.common.Json;
import io.aiwm.protocol.CommandAck;

/** What a delivery of a command is answered with; a repeated one in the same words as the first. */
final class DeliveryReplies {
    private final Uplink uplink;
    private final ResultOffers offers;

    DeliveryReplies(Uplink uplink, ResultOffers offers) {
        this.uplink = uplink;
        this.offers = offers;
    }

    void accepted(String id) {
        ack(id, true, null);
    }

    void refused(String id, String reason) {
        ack(id, false, reason);
    }

    void again(CommandEntry known, long now) {
        switch (known.state()) {
            case RECEIVED, STARTED, SETTLED -> accepted(known.id());
            case FINISHED -> offers.again(known.id(), now);
            case REFUSED -> refused(known.id(), known.reason());
        }
    }

    private void ack(String id, boolean accepted, String reason) {
        uplink.send(CommandAck.TYPE, Json.toObject(new CommandAck(null, id, accepted, reason)), id);
    }
}
