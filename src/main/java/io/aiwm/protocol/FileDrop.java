package io.aiwm.protocol;

/** One controller to another that holds a file: nobody wants it there any more. The file's record says whether that is so. */
public record FileDrop(String fileId) {}
