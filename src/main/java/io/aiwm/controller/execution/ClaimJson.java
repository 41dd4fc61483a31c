package io.aiwm.controller.execution;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import io.aiwm.common.Amounts;
import io.aiwm.common.AmountsJson;
import java.io.IOException;
import java.util.List;

/**
 * A {@link Claim} as JSON: the fields of its amounts, and its ports where it has some. Written by hand because claims stand
 * in every write of an attempt, and Jackson reads unwrapped fields through a buffer.
 */
final class ClaimJson {
    private static final String HOST_PORTS = "hostPorts";

    private ClaimJson() {}

    static final class Writer extends JsonSerializer<Claim> {
        @Override
        public void serialize(Claim claim, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeStartObject();
            AmountsJson.write(claim.amounts(), out);
            if (!claim.hostPorts().isEmpty()) {
                provider.defaultSerializeField(HOST_PORTS, claim.hostPorts(), out);
            }
            out.writeEndObject();
        }
    }

    static final class Reader extends JsonDeserializer<Claim> {
        @Override
        public Claim deserialize(JsonParser in, DeserializationContext context) throws IOException {
            Amounts amounts = Amounts.NOTHING;
            List<HostPort> ports = List.of();
            for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
                in.nextToken();
                Amounts more = AmountsJson.read(amounts, field, in, context);
                if (more != null) {
                    amounts = more;
                } else if (field.equals(HOST_PORTS)) {
                    ports = List.of(context.readValue(in, HostPort[].class));
                } else {
                    in.skipChildren();
                }
            }
            return new Claim(amounts, ports);
        }
    }
}
