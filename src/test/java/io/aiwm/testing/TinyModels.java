package io.aiwm.testing;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tiny real models, written by {@code src/test/serving/make-models.mjs} (node, under a second, the same bytes every time). Any
 * prompt is answered with {@link #ANSWER}; one that ends in a digit counts on in words up to ten.
 *
 * @param folder has them all
 */
public record TinyModels(Path folder) {
    /** 13 tokens, then the end of the answer. */
    public static final String ANSWER = " Hello from a tiny model, made to test the whole path.";

    /** Where {@link LlamaImage} has the same files. */
    public static final String IN_IMAGE = "/models";

    /** Two layers, 256 wide, 8 heads, trained for 131072 tokens, 448 tokens in the vocabulary, 3.1 MB. */
    public static final String F16 = "tiny-F16.gguf";

    /** The same with its matrices in 8 bits, 1.7 MB. */
    public static final String Q8_0 = "tiny-Q8_0.gguf";

    /** The first of the two files of {@link #F16} when it is split. */
    public static final String SPLIT_1 = "tiny-F16-00001-of-00002.gguf";

    public static final String SPLIT_2 = "tiny-F16-00002-of-00002.gguf";

    private static final long LIMIT_SECONDS = 60;

    /** What a model looks like; memory use follows from it. */
    public record Shape(int layers, int embedding, int feedForward, int heads, int kvHeads, int trainedContext) {
        /** That of {@link #F16}. */
        public static final Shape DEFAULT = new Shape(2, 256, 512, 8, 8, 131_072);
    }

    /** Writes them into this folder, which is made. */
    public static TinyModels in(Path folder) {
        return in(folder, Shape.DEFAULT);
    }

    /** Writes models of another shape under the same names. */
    public static TinyModels in(Path folder, Shape shape) {
        Programs.run(
                LIMIT_SECONDS,
                null,
                "node",
                "src/test/serving/make-models.mjs",
                folder.toString(),
                Integer.toString(shape.layers),
                Integer.toString(shape.embedding),
                Integer.toString(shape.feedForward),
                Integer.toString(shape.heads),
                Integer.toString(shape.kvHeads),
                Integer.toString(shape.trainedContext));
        return new TinyModels(folder);
    }

    public Path file(String name) {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            throw new IllegalArgumentException(name + " is not among the models");
        }
        return file;
    }

    /** The same model as a repository of a model hub holds it: config.json, tokenizer.json, model.safetensors and others. */
    public Path checkpoint() {
        return file("hf");
    }
}
