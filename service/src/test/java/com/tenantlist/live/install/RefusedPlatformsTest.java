package com.tenantlist.live.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Platforms that we would harm, or not see: {@code db migrate} names what stands in its way, and changes nothing. */
class RefusedPlatformsTest {
    private static final String VIRTUAL = """
            ALTER TABLE businesses DROP category, ADD category varchar(100) GENERATED ALWAYS AS (lower(name)) VIRTUAL;
            ALTER TABLE business_metrics DROP messages_count,
                ADD messages_count int GENERATED ALWAYS AS (views_count / 2) VIRTUAL""";

    private static List<String> refusals(ThrowingCallable call) {
        Throwable failure = Assertions.catchThrowable(call);
        assertThat(failure).isInstanceOf(InstallException.class);
        return ((InstallException) failure).reasons();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void columnsThatAreMadeWhenTheyAreReadAreRefusedByName(boolean partitioned) throws Exception {
        Guest guest = Guest.of(partitioned ? Guest.PARTITIONED : Guest.PLAIN, Guest.ROWS, VIRTUAL);
        List<String> before = guest.everything();
        assertThat(refusals(() -> guest.installer().migrate()))
                .containsExactlyInAnyOrder(
                        "column public.businesses.category is generated when it is read, which triggers do not see; make it STORED",
                        "column public.business_metrics.messages_count is generated when it is read, which triggers do not see; make it STORED");
        assertThat(guest.everything()).isEqualTo(before);
    }

    /** Of a domain of character nobody tells whether the blanks at its end are its own. */
    @Test
    void aDomainOfCharacterIsNoText() throws Exception {
        String domain =
                "CREATE DOMAIN padded AS char(20); ALTER TABLE businesses ALTER status DROP DEFAULT, ALTER status TYPE padded;"
                        + "ALTER TABLE businesses ALTER category TYPE padded";
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, domain);
        assertThat(refusals(() -> guest.installer().migrate()))
                .containsExactlyInAnyOrder(
                        "column public.businesses.category is of type a domain of character; it must be one of character varying, text,"
                                + " character, citext: ALTER TABLE public.businesses ALTER COLUMN category TYPE … USING category::…",
                        "column public.businesses.status is of type a domain of character; it must be one of enum, character varying, text,"
                                + " character, citext: ALTER TABLE public.businesses ALTER COLUMN status TYPE … USING status::…");
        Guest later = Guest.of(Guest.PLAIN, Guest.ROWS);
        later.installer().migrate();
        later.sql(domain);
        assertThat(later.rows("SELECT fault, said, cure FROM live.guard() ORDER BY said"))
                .containsExactly(
                        "column|column public.businesses.category is of type public.padded, a domain of character, whose blanks nobody can tell from"
                                + " its own|give it the type text; then run: db rebuild",
                        "column|column public.businesses.status is of type public.padded, a domain of character, whose blanks nobody can tell from"
                                + " its own|give it the type text; then run: db rebuild");
        assertThat(refusals(() -> later.installer().migrate())).hasSize(2);
    }

    @Test
    void columnsThatAreMadeWhenTheyAreWrittenAreSeenAndOthersAreNoConcern() throws Exception {
        Guest guest = Guest.of(
                Guest.PLAIN,
                VIRTUAL.replace("VIRTUAL", "STORED"),
                Guest.ROWS.replace(", messages_count", "").replace(", 5, 1", ", 5"),
                """
                ALTER TABLE businesses ADD shouted text GENERATED ALWAYS AS (upper(name)) VIRTUAL;
                ALTER TABLE business_metrics ADD score int GENERATED ALWAYS AS (views_count * 3) VIRTUAL""");
        guest.installer().migrate();
        guest.sql("UPDATE business_metrics SET views_count = 9; UPDATE businesses SET name = 'AB'");
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.sums()).isEqualTo("120|2160|960");
        assertThat(guest.rows("SELECT DISTINCT category FROM live.dashboard_event WHERE type = 'business:updated'"))
                .containsExactly("ab");
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
    }

    @Test
    void aColumnThatIsMadeSoLaterIsNamedByTheGuard() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql(VIRTUAL);
        assertThat(guest.rows("SELECT fault, said FROM live.guard()"))
                .contains(
                        "column|column public.businesses.category is generated when it is read: triggers do not see it",
                        "column|column public.business_metrics.messages_count is generated when it is read: triggers do not see it");
        assertThat(refusals(() -> guest.installer().migrate())).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"live_inserted", "live_updated", "live_deleted", "zzz_live_truncated"})
    void aTriggerWithANameOfOursIsRefusedAndNotReplaced(String name) throws Exception {
        String made = "CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                + "CREATE TRIGGER " + name + " AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION theirs()";
        Guest guest = Guest.of(Guest.PARTITIONED, Guest.ROWS, made.formatted("metrics_2026_01"));
        List<String> before = guest.everything();
        assertThat(refusals(() -> guest.installer().migrate()))
                .containsExactly("trigger " + name
                        + " on public.metrics_2026_01 is not ours, and has the name that ours must have: ALTER TRIGGER "
                        + name + " ON public.metrics_2026_01 RENAME TO …");
        assertThat(guest.everything()).isEqualTo(before);
        guest.sql("DROP TRIGGER " + name + " ON metrics_2026_01");
        guest.installer().migrate();
        // And of a part that comes later.
        guest.sql(
                "CREATE TABLE metrics_2027 PARTITION OF business_metrics FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');"
                        + "CREATE TRIGGER " + name
                        + " AFTER INSERT ON metrics_2027 FOR EACH ROW EXECUTE FUNCTION theirs()");
        assertThatThrownBy(() -> guest.sql("SELECT live.attach('metrics_2027')"))
                .hasMessageContaining("trigger " + name + " on public.metrics_2027 is not ours");
        assertThat(guest.rows("SELECT tgfoid::regproc FROM pg_trigger WHERE tgname = '" + name
                        + "' AND tgrelid = 'metrics_2027'::regclass"))
                .containsExactly("theirs");
    }

    /** Ours by name, or another's: its subscribers would be sent tables that they do not have. */
    @ParameterizedTest
    @ValueSource(strings = {"Everyone", "tenantlist_live"})
    void aPublicationOfAllTablesIsRefusedByName(String publication) throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, "CREATE PUBLICATION \"" + publication + "\" FOR ALL TABLES");
        List<String> before = guest.everything();
        assertThat(refusals(() -> guest.installer().migrate()))
                .singleElement()
                .asString()
                .contains("publication " + (publication.equals("Everyone") ? "\"Everyone\"" : publication))
                .contains(" is FOR ALL TABLES")
                .contains(publication.equals("Everyone") ? "INSTALL_ALL_TABLES_PUBLISHED=true" : "drop or rename it");
        assertThat(guest.everything()).isEqualTo(before);
    }

    @Test
    void aPublicationOfAllTablesIsNoHindranceToWhoSaysSo() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, "CREATE PUBLICATION everyone FOR ALL TABLES");
        guest.config.allTablesPublished = true;
        guest.installer().migrate();
        assertThat(guest.sums()).isEqualTo("120|1200|240");
        assertThat(guest.rows("SELECT pubname, puballtables FROM pg_publication ORDER BY 1"))
                .containsExactly("everyone|t", "tenantlist_live|f");
        assertThat(guest.installer().migrate().changed()).isFalse();
    }

    @Test
    void aPublicationOfAllTablesThatIsMadeLaterIsSaid() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("CREATE PUBLICATION \"Everyone\" FOR ALL TABLES");
        assertThat(guest.rows("SELECT fault, said FROM live.guard()"))
                .containsExactly(
                        "published|publication \"Everyone\" is FOR ALL TABLES: its subscriptions stop unless their databases have schema live too");
        guest.config.allTablesPublished = true;
        guest.installer().migrate();
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
    }

    /** pg_dump -s, and what was in it restored elsewhere. */
    @Test
    void aCloneOfSchemasAloneIsRefusedUntilWeAreRemoved() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.sql("""
                DO $$ DECLARE t regclass; BEGIN
                    FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'live'::regnamespace AND relkind = 'r' LOOP
                        EXECUTE 'TRUNCATE ' || t;
                    END LOOP;
                END $$""");
        String said = "schema live has no data, as in a clone of schemas alone";
        String refusal = said + "; run: db remove, then: db migrate";
        assertThat(guest.rows("SELECT * FROM live.guard()"))
                .containsExactly("table|" + said + "|run: db remove, then: db migrate");
        assertThat(refusals(() -> guest.installer().plan())).containsExactly(refusal);
        assertThat(refusals(() -> guest.installer().migrate())).containsExactly(refusal);
        assertThat(refusals(() -> guest.installer().rebuild(Optional.empty()))).containsExactly(refusal);
        Jdbi jdbi = Jdbi.create(() -> guest.connect());
        assertThatThrownBy(() -> Installer.verify(jdbi, "host/db"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the database host/db: " + refusal);
        guest.installer().remove();
        guest.installer().migrate();
        assertThat(guest.sums()).isEqualTo("120|1200|240");
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
    }

    /** What names a table above ours fires none of our triggers, and functions of another's part would run with our rights. */
    @Test
    void tablesAboveOursAndPartsOfOthersAreRefusedByName() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        String other = "other_of_" + guest.name();
        String owner = "owner_of_" + guest.name();
        guest.sql(
                "CREATE ROLE " + other + "; CREATE ROLE " + owner + "; ALTER TABLE business_metrics OWNER TO " + owner);
        guest.sql("CREATE TABLE everything (LIKE business_metrics); ALTER TABLE business_metrics INHERIT everything;"
                + "CREATE TABLE theirs () INHERITS (business_metrics); ALTER TABLE theirs OWNER TO " + other);
        List<String> before = guest.everything();
        assertThat(refusals(() -> guest.installer().migrate()))
                .containsExactly(
                        "table public.business_metrics is a part of public.everything: what is written there no trigger sees; take it out of there",
                        "part public.theirs of public.business_metrics belongs to role " + other
                                + ", whose functions would run with our rights when it is read: ALTER TABLE public.theirs OWNER TO \""
                                + owner + "\"");
        assertThat(guest.everything()).isEqualTo(before);
        guest.sql("ALTER TABLE business_metrics NO INHERIT everything; ALTER TABLE theirs OWNER TO " + owner);
        guest.installer().migrate();
        guest.sql("ALTER TABLE business_metrics INHERIT everything; ALTER TABLE theirs OWNER TO " + other);
        assertThat(guest.rows("SELECT fault, said FROM live.guard()"))
                .contains(
                        "table|table public.business_metrics is a part of public.everything too: what is written there no trigger sees",
                        "table|part public.theirs of public.business_metrics belongs to role " + other
                                + ", whose functions would run with our rights when it is read");
    }

    @Test
    void publicationsByTableAreNoHindrance() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, """
                CREATE PUBLICATION theirs FOR TABLE businesses, business_metrics; CREATE PUBLICATION by_schema FOR TABLES IN SCHEMA public""");
        guest.installer().migrate();
        assertThat(
                        guest.rows(
                                "SELECT count(*) FROM pg_publication_tables WHERE schemaname = 'live' AND pubname <> 'tenantlist_live'"))
                .containsExactly("0");
    }

    /** Of our own name we need it to be of our table. */
    @Test
    void aPublicationOfOurNameOfAllTablesIsRefusedWhateverIsSaid() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, "CREATE PUBLICATION tenantlist_live FOR ALL TABLES");
        guest.config.allTablesPublished = true;
        List<String> before = guest.everything();
        assertThat(refusals(() -> guest.installer().migrate()))
                .containsExactly(
                        "publication tenantlist_live, which is to be ours, is FOR ALL TABLES; drop or rename it");
        assertThat(guest.everything()).isEqualTo(before);
    }
}
