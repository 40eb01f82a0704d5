package io.micrologs.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know whom. The POMs make most of these impossible to break; this says the rest. */
@AnalyzeClasses(
        packages = "io.micrologs",
        importOptions = {ImportOption.DoNotIncludeTests.class, RoomsTest.WithoutTestJars.class})
final class RoomsTest {

    /** The servers that tests run against are shared as a jar. */
    static final class WithoutTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    private static final String JOURNAL = "io.micrologs.journal..";
    private static final String HTTP = "io.micrologs.http..";
    private static final String INGEST = "io.micrologs.ingest..";
    private static final String DATABASE = "io.micrologs.database..";
    private static final String LOADER = "io.micrologs.loader..";
    private static final String QUERY = "io.micrologs.query..";
    private static final String SERVER = "io.micrologs.server..";
    private static final String BENCH = "io.micrologs.bench..";

    @ArchTest
    static final ArchRule journalKnowsNothingOfOurs = noClasses()
            .that()
            .resideInAPackage(JOURNAL)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(HTTP, INGEST, DATABASE, LOADER, QUERY, SERVER, BENCH);

    @ArchTest
    static final ArchRule httpKnowsNothingOfOurs = noClasses()
            .that()
            .resideInAPackage(HTTP)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(JOURNAL, INGEST, DATABASE, LOADER, QUERY, SERVER, BENCH);

    @ArchTest
    static final ArchRule databaseKnowsNothingOfOurs = noClasses()
            .that()
            .resideInAPackage(DATABASE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(JOURNAL, HTTP, INGEST, LOADER, QUERY, SERVER, BENCH);

    @ArchTest
    static final ArchRule ingestKnowsJournalAndHttp = noClasses()
            .that()
            .resideInAPackage(INGEST)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(DATABASE, LOADER, QUERY, SERVER, BENCH);

    @ArchTest
    static final ArchRule loaderKnowsJournal = noClasses()
            .that()
            .resideInAPackage(LOADER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(HTTP, INGEST, DATABASE, QUERY, SERVER, BENCH);

    @ArchTest
    static final ArchRule queryKnowsHttp = noClasses()
            .that()
            .resideInAPackage(QUERY)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(JOURNAL, INGEST, DATABASE, LOADER, SERVER, BENCH);

    @ArchTest
    static final ArchRule chronicleOnlyInJournal = noClasses()
            .that()
            .resideOutsideOfPackage(JOURNAL)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("net.openhft..");

    @ArchTest
    static final ArchRule nettyOnlyAtTheEdge = noClasses()
            .that()
            .resideOutsideOfPackages(HTTP, INGEST, BENCH)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..");

    @ArchTest
    static final ArchRule jdbcOnlyBehindTheJournal = noClasses()
            .that()
            .resideOutsideOfPackages(LOADER, QUERY, DATABASE, SERVER, BENCH)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "javax.sql..");

    @ArchTest
    static final ArchRule onlyServerEndsTheProcess = noClasses()
            .that()
            .resideOutsideOfPackages(SERVER, BENCH)
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "halt", int.class)
            .orShould()
            .callMethod(Runtime.class, "addShutdownHook", Thread.class);

    @ArchTest
    static final ArchRule onlyServerReadsTheEnvironment = noClasses()
            .that()
            .resideOutsideOfPackages(SERVER, BENCH)
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class);

    @ArchTest
    static final ArchRule noRoomsNamedByKind = noClasses()
            .should()
            .resideInAnyPackage("..util..", "..utils..", "..common..", "..impl..", "..dto..", "..helpers..");

    @ArchTest
    static final ArchRule loggersAreSlf4j = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.log4j..", "org.apache.commons.logging..");

    @ArchTest
    static final ArchRule modulesDoNotGoInCircles =
            slices().matching("io.micrologs.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule exceptionsAreNamedSo =
            classes().that().areAssignableTo(Exception.class).should().haveSimpleNameEndingWith("Exception");
}
