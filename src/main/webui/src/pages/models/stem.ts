/** What a model is called whose file has this name: "Qwen2.5-0.5B-Q8_0.gguf" → "qwen2.5-0.5b-q8_0", without the number of a piece. Pure. */
export const stem = (file: string): string => file.toLowerCase().replace(/\.(gguf|safetensors|bin|onnx|pt|tar|zip)$/, "").replace(/-\d{5}-of-\d{5}$/, "").replace(/[^a-z0-9._-]+/g, "-").replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
