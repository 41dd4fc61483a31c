/** The bytes of files: the object store port, its local folder and S3 adapters, and streams on their way in and out. */
package io.aiwm.controller.objects;
