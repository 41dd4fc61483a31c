/** How much memory a model takes in an engine, from what its files say, and what measurements say of that. */
package io.aiwm.controller.model.estimate;
