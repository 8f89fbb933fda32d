package com.tenantlist.live;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tenantlist.live.socketio.engine.OriginPolicy;
import com.tenantlist.live.socketio.engine.SocketServerConfiguration;
import com.tenantlist.live.socketio.packet.EnginePacket;
import com.tenantlist.live.socketio.packet.MalformedPacketException;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Reads the two tables of ARCHITECTURE.md and holds the code to them: the document is the rule. */
class ArchitectureTest {
    private static final String BASE = "com.tenantlist.live.";
    private static final Pattern ROW = Pattern.compile("\\| `([a-z.]+)` \\|.*\\| ([^|]*) \\|");
    private static final Pattern TECHNOLOGY = Pattern.compile("\\| ([^|`]+) \\| `([^|]+)` \\| ([^|]*) \\|");

    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("com.tenantlist.live");

    @TestFactory
    Stream<DynamicTest> packagesImportOnlyWhatTheTableLetsThem() throws IOException {
        Map<String, List<String>> arrows = table(ROW, 1, 2);
        assertThat(arrows).as("rows of the table of packages").hasSizeGreaterThan(10);
        return arrows.entrySet().stream()
                .map(row -> DynamicTest.dynamicTest(row.getKey(), () -> {
                    List<String> allowed = new ArrayList<>(List.of(BASE + row.getKey(), BASE + "protocol.."));
                    row.getValue().forEach(name -> allowed.add(BASE + name));
                    DescribedPredicate<JavaClass> foreign = resideInAPackage(BASE.replaceAll("\\.$", "") + "..")
                            .and(not(resideInAnyPackage(allowed.toArray(String[]::new))));
                    noClasses()
                            .that()
                            .resideInAPackage(BASE + row.getKey())
                            .should()
                            .dependOnClassesThat(foreign)
                            .check(CODE);
                }));
    }

    @Test
    void ofTheEngineOthersSeeOnlyWhatAServerIsMadeWith() {
        noClasses()
                .that(not(resideInAPackage(BASE + "socketio..")))
                .should()
                .dependOnClassesThat(resideInAnyPackage(BASE + "socketio.engine", BASE + "socketio.packet")
                        .and(not(equivalentTo(SocketServerConfiguration.class)))
                        .and(not(equivalentTo(OriginPolicy.class))))
                .check(CODE);
    }

    @Test
    void theEngineKnowsNoSocketIo() {
        noClasses()
                .that()
                .resideInAPackage(BASE + "socketio.engine")
                .should()
                .dependOnClassesThat(resideInAPackage(BASE + "socketio.packet")
                        .and(not(equivalentTo(EnginePacket.class)))
                        .and(not(equivalentTo(MalformedPacketException.class))))
                .check(CODE);
    }

    @TestFactory
    Stream<DynamicTest> technologiesStayWhereTheTablePutsThem() throws IOException {
        Map<String, List<String>> homes = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("../ARCHITECTURE.md"))) {
            Matcher row = TECHNOLOGY.matcher(line);
            if (row.matches()) {
                homes.put(row.group(2), names(row.group(3)));
            }
        }
        assertThat(homes).as("rows of the table of technologies").hasSizeGreaterThan(3);
        return homes.entrySet().stream()
                .map(row -> DynamicTest.dynamicTest(row.getKey(), () -> {
                    String[] allowed = row.getValue().stream()
                            .map(name -> BASE + name + "..")
                            .toArray(String[]::new);
                    classes()
                            .that(resideInAPackage("com.tenantlist.live..").and(not(resideInAnyPackage(allowed))))
                            .should()
                            .onlyDependOnClassesThat(
                                    not(resideInAnyPackage(row.getKey().split(" "))))
                            .check(CODE);
                }));
    }

    @Test
    void everyPackageHasARow() throws IOException {
        TreeSet<String> packages = new TreeSet<>();
        for (JavaClass type : CODE) {
            String name = type.getPackageName();
            if (name.startsWith(BASE) && !name.startsWith(BASE + "protocol")) {
                packages.add(name.substring(BASE.length()));
            }
        }
        assertThat(packages).isEqualTo(new TreeSet<>(table(ROW, 1, 2).keySet()));
    }

    private static Map<String, List<String>> table(Pattern form, int key, int value) throws IOException {
        Map<String, List<String>> rows = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("../ARCHITECTURE.md"))) {
            Matcher row = form.matcher(line);
            if (row.matches()) {
                rows.put(row.group(key), names(row.group(value)));
            }
        }
        return rows;
    }

    private static List<String> names(String cell) {
        return Arrays.stream(cell.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty() && !name.equals("–"))
                .toList();
    }
}
