/** Translation between the API that a caller speaks and OpenAI chat completions, which upstreams speak. Knows no network. */
package io.aiwm.inference.dialect;
