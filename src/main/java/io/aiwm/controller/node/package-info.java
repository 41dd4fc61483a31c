/** The machines: their records, their tokens, and whether they are alive. */
package io.aiwm.controller.node;
