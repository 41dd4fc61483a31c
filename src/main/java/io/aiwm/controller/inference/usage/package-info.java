/** What calls of models used, by hour, in the store. */
package io.aiwm.controller.inference.usage;
