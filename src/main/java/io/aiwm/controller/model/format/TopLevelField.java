package io.aiwm.controller.model.format;

import com.fasterxml.jackson.core.JsonToken;

/** Looks for one field of a large JSON object and keeps nothing of the others. */
final class TopLevelField {
    private TopLevelField() {}

    /** Whether the object has the field with a value other than null. */
    static JsonFile.Reading<Boolean> has(String file, String field) {
        return json -> {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw InvalidFile.file(file, "must be a JSON object");
            }
            boolean found = false;
            while (json.nextToken() != JsonToken.END_OBJECT) {
                boolean wanted = json.currentName().equals(field);
                found |= json.nextToken() != JsonToken.VALUE_NULL && wanted;
                json.skipChildren();
            }
            return found;
        };
    }
}
