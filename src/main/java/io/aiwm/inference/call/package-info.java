/** One call from its arrival to its end. */
package io.aiwm.inference.call;
