package io.aiwm.worker.docker;

import com.github.dockerjava.api.model.PullResponseItem;
import io.aiwm.worker.container.PullProgress;
import io.vertx.core.Promise;
import java.util.function.BiConsumer;

/** Reports the progress of one pull, and how it ended. */
final class PullWatch extends StreamWatch<PullResponseItem> {
    private final String image;
    private final BiConsumer<Integer, String> progress;
    private final Promise<Void> done;
    private final PullProgress layers = new PullProgress();
    private volatile String refusal;

    /** @param done fails with {@code image-pull} when the engine refuses the pull */
    PullWatch(String image, BiConsumer<Integer, String> progress, Promise<Void> done) {
        this.image = image;
        this.progress = progress;
        this.done = done;
    }

    @Override
    public void onNext(PullResponseItem item) {
        if (item.isErrorIndicated()) {
            refusal = item.getErrorDetail() == null
                    ? "the engine gave no reason"
                    : item.getErrorDetail().getMessage();
            return;
        }
        var detail = item.getProgressDetail();
        progress.accept(
                layers.percent(
                        item.getId(),
                        detail == null ? null : detail.getCurrent(),
                        detail == null ? null : detail.getTotal()),
                "pulling " + image);
    }

    @Override
    void ended(Throwable cause) {
        if (refusal != null) {
            done.tryFail(DockerErrors.pull(image, refusal));
        } else if (cause != null) {
            done.tryFail(DockerErrors.pull(image, cause));
        } else {
            done.tryComplete();
        }
    }
}
