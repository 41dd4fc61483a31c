package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import java.lang.reflect.RecordComponent;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be set does something, or says that it does not yet. */
class SettingsUsedTest {
    private static final JavaClasses CLASSES =
            new ClassFileImporter().withImportOption(new DoNotIncludeTests()).importPackages("io.aiwm");

    @Test
    void every_value_of_the_configuration_is_used_or_marked() {
        var unused = new TreeSet<String>();
        collect("", Config.class, unused);
        assertThat(unused)
                .isEqualTo(Settings.ALL.stream()
                        .filter(setting -> setting.about().startsWith(Settings.NOT_YET))
                        .map(Setting::key)
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void every_setting_is_read() {
        var read = new HashSet<String>();
        for (JavaClass owner : CLASSES) {
            owner.getFieldAccessesFromSelf().stream()
                    .filter(access -> !access.getOrigin().getName().equals("<clinit>"))
                    .forEach(access -> read.add(access.getTarget().getFullName()));
        }
        Set<String> unread = CLASSES.stream()
                .flatMap(owner -> owner.getFields().stream())
                .filter(field -> field.getRawType().isEquivalentTo(Setting.class))
                .map(JavaField::getFullName)
                .filter(field -> !read.contains(field))
                .collect(Collectors.toSet());
        assertThat(unread).isEmpty();
    }

    private static void collect(String prefix, Class<?> type, Set<String> unused) {
        for (RecordComponent component : type.getRecordComponents()) {
            String name = prefix + component.getName();
            if (component.getType().isRecord() && component.getType().getEnclosingClass() == Config.class) {
                collect(name + ".", component.getType(), unused);
            } else if (!isUsed(component)) {
                unused.add(name);
            }
        }
    }

    /** By anyone but those that read and check the configuration. */
    private static boolean isUsed(RecordComponent component) {
        JavaClass owner = CLASSES.get(component.getDeclaringRecord());
        JavaMethod accessor = owner.getMethod(component.getName());
        return Stream.concat(
                        accessor.getCallsOfSelf().stream().map(call -> call.getOriginOwner()),
                        accessor.getReferencesToSelf().stream().map(reference -> reference.getOriginOwner()))
                .anyMatch(user -> !user.isEquivalentTo(Config.class)
                        && !user.isEquivalentTo(ConfigLoader.class)
                        && !user.isEquivalentTo(ConfigRules.class)
                        && !user.getName().matches("io\\.aiwm\\.boot\\.Config\\w*Builder.*")
                        && !user.isEquivalentTo(component.getDeclaringRecord()));
    }
}
