/**
 * What model files say of themselves: the headers of GGUF and safetensors files and the configuration beside them, read by
 * ranges and never as a whole. The files come from anywhere, so every length, count and offset in them is checked before it
 * is used. Reads block: they belong on a worker thread.
 */
package io.aiwm.controller.model.format;
