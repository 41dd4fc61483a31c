/** What calls used and how long they took. */
package io.aiwm.inference.usage;
