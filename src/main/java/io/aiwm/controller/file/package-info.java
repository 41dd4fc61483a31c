/** The files of jobs: their records, the way their bytes come from and go to workers, and when they are deleted. */
package io.aiwm.controller.file;
