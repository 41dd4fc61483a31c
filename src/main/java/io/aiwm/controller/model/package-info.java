/** Models: their records, versions, aliases, and the content of their files, each of which is stored once. */
package io.aiwm.controller.model;
