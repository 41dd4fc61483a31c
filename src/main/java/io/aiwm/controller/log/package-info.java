/** Log streams of containers and jobs, from the workers that send them to the requests that read them. */
package io.aiwm.controller.log;
