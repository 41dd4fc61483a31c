package io.aiwm.controller.store;

import static io.aiwm.controller.store.DocumentStoreContract.JOBS;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Page;
import io.aiwm.controller.store.Query.Condition;
import java.util.ArrayList;
import java.util.List;

/** A store that is open, and what tests ask it. */
public interface StoreUnderTest {
    DocumentStore store();

    default List<String> ids(Condition... where) {
        return store().find(JOBS, Query.where(where).orderBy("id", false)).await().documents().stream()
                .map(Document::id)
                .toList();
    }

    default List<String> walk(Query query) {
        List<String> ids = new ArrayList<>();
        Query next = query;
        while (true) {
            Page page = store().find(JOBS, next).await();
            page.documents().forEach(document -> ids.add(document.id()));
            if (page.nextCursor() == null) {
                return ids;
            }
            assertThat(page.nextCursor()).matches("[A-Za-z0-9_-]+");
            next = query.after(page.nextCursor());
        }
    }
}
