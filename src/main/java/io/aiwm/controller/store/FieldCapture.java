package io.aiwm.controller.store;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import io.aiwm.controller.store.FieldValues.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects the declared fields of a document while it is written; the result equals {@link FieldValues#of}. It overrides the methods
 * that serializers of records call. When a declared field is written by another method, {@link #values} returns null.
 */
final class FieldCapture extends JsonGeneratorDelegate {
    private final FieldValues fields;
    private final Object[] found;
    /** The place of the open object; null outside of the document. */
    private Place here;
    /** The declared place of the next value; null after that value, and where the next value is not declared. */
    private Place named;
    /** The open list of a declared field, and the number of items read so far. */
    private List<String> texts;

    private int items;
    /** The number of open objects and arrays that contain no declared field. */
    private int skipped;

    private boolean complete = true;

    FieldCapture(JsonGenerator text, FieldValues fields) {
        super(text, false); // what is not written as tokens comes back as tokens
        this.fields = fields;
        this.found = new Object[fields.size()];
    }

    /** Returns the values as {@link FieldValues#of}; null when they must be read from the text. */
    Object[] values() {
        return complete ? found : null;
    }

    private void name(String name) {
        if (skipped == 0 && texts == null && here != null) {
            complete &= named == null;
            named = here.inside().get(name);
        }
    }

    private void startObject() {
        if (skipped > 0 || texts != null) {
            startSkipped();
        } else if (here == null) {
            here = fields.root();
        } else if (named != null) {
            here = named;
            named = null;
        } else {
            skipped++;
        }
    }

    private void startArray() {
        if (skipped > 0 || texts != null) {
            startSkipped();
            return;
        }
        if (here == null) {
            complete = false; // the document is no object
        }
        if (named != null && fields.takesTexts(named)) {
            texts = new ArrayList<>();
            items = 0;
            found[named.field()] = texts;
            named = null;
        } else {
            scalar(null);
            skipped++;
        }
    }

    private void startSkipped() {
        items += skipped == 0 ? 1 : 0;
        skipped++;
    }

    private void end() {
        if (skipped > 0) {
            skipped--;
        } else if (texts != null) {
            complete &= items == delegate.getOutputContext().getEntryCount();
            texts = null;
        } else if (here != null) {
            complete &= named == null;
            named = null;
            here = here.outer();
        }
    }

    /** @param value a String, Long or Double; null for any other */
    private void scalar(Object value) {
        if (skipped > 0) {
            return;
        }
        if (texts != null) {
            items++;
            if (value instanceof String text) {
                texts.add(text);
            }
        } else if (here == null) {
            complete = false;
        } else if (named != null) {
            if (named.field() >= 0) {
                found[named.field()] = fields.written(named.field(), value);
            }
            named = null;
        }
    }

    @Override
    public void writeFieldName(String name) throws IOException {
        name(name);
        super.writeFieldName(name);
    }

    @Override
    public void writeFieldName(SerializableString name) throws IOException {
        name(name.getValue());
        super.writeFieldName(name);
    }

    @Override
    public void writeStartObject() throws IOException {
        startObject();
        super.writeStartObject();
    }

    @Override
    public void writeStartObject(Object value) throws IOException {
        startObject();
        super.writeStartObject(value);
    }

    @Override
    public void writeStartObject(Object value, int size) throws IOException {
        startObject();
        super.writeStartObject(value, size);
    }

    @Override
    public void writeEndObject() throws IOException {
        end();
        super.writeEndObject();
    }

    @Override
    public void writeStartArray() throws IOException {
        startArray();
        super.writeStartArray();
    }

    @Override
    @SuppressWarnings("deprecation") // it can still be called
    public void writeStartArray(int size) throws IOException {
        startArray();
        super.writeStartArray(size);
    }

    @Override
    public void writeStartArray(Object value) throws IOException {
        startArray();
        super.writeStartArray(value);
    }

    @Override
    public void writeStartArray(Object value, int size) throws IOException {
        startArray();
        super.writeStartArray(value, size);
    }

    @Override
    public void writeEndArray() throws IOException {
        end();
        super.writeEndArray();
    }

    @Override
    public void writeString(String text) throws IOException {
        scalar(text);
        super.writeString(text);
    }

    @Override
    public void writeString(SerializableString text) throws IOException {
        scalar(text.getValue());
        super.writeString(text);
    }

    @Override
    public void writeNumber(int number) throws IOException {
        scalar((long) number);
        super.writeNumber(number);
    }

    @Override
    public void writeNumber(long number) throws IOException {
        scalar(number);
        super.writeNumber(number);
    }

    @Override
    public void writeNumber(double number) throws IOException {
        if (Double.isFinite(number)) { // another is written as text
            scalar(number);
        }
        super.writeNumber(number);
    }

    @Override
    public void writeBoolean(boolean state) throws IOException {
        scalar(null);
        super.writeBoolean(state);
    }

    @Override
    public void writeNull() throws IOException {
        scalar(null);
        super.writeNull();
    }
}
