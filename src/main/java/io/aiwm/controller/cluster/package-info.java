/** The whole fleet in numbers: what there is, what of it is promised and used, and where the work is. */
package io.aiwm.controller.cluster;
