package com.tenantlist.live.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A table that another one took the place of, by copy, rename and swap: the old one keeps the indexes that we made. */
class SwappedTablesTest {
    private static final String USUAL = "live_business_metrics_business_id_idx";

    /** Each table's indexes that {@code db remove} would know by their comment, the parts' own left out. */
    private static List<String> ours(Guest guest) throws SQLException {
        return guest.rows("""
                SELECT i.indrelid::regclass, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                WHERE obj_description(c.oid, 'pg_class') LIKE 'made by tenantlist-live%' AND NOT c.relispartition
                  AND c.relname ~ '_business_id_idx$' ORDER BY 1, 2""");
    }

    private static void swap(Guest guest, String partitioned, String old) throws SQLException {
        guest.sql("""
                BEGIN;
                CREATE TABLE copied (LIKE business_metrics INCLUDING DEFAULTS)%1$s;
                %2$s
                INSERT INTO copied SELECT * FROM business_metrics;
                ALTER TABLE business_metrics RENAME TO %3$s;
                ALTER TABLE copied RENAME TO business_metrics;
                COMMIT""".formatted(partitioned.isEmpty() ? "" : " PARTITION BY RANGE (metric_date)", partitioned, old));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "CREATE TABLE early PARTITION OF copied FOR VALUES FROM (MINVALUE) TO ('2026-01-01');"
                        + " CREATE TABLE late PARTITION OF copied DEFAULT PARTITION BY HASH (id);"
                        + " CREATE TABLE late_0 PARTITION OF late FOR VALUES WITH (MODULUS 1, REMAINDER 0);"
            })
    void theNewOneIsServedByAnIndexOfItsOwn(String partitions) throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        swap(guest, partitions, "replaced");
        assertThat(guest.installer().migrate().changed()).isTrue();
        assertThat(ours(guest)).containsExactlyInAnyOrder("business_metrics|t", "replaced|t");
        assertThat(guest.rows("SELECT * FROM live.guard()")).isEmpty();
        assertThat(guest.wrongTenants()).isEmpty();
        assertThat(guest.installer().migrate().changed()).isFalse();

        swap(guest, "", "replaced_too");
        guest.installer().migrate();
        assertThat(ours(guest)).containsExactlyInAnyOrder("business_metrics|t", "replaced|t", "replaced_too|t");
        guest.installer().remove();
        assertThat(ours(guest)).isEmpty();
    }

    @Test
    void whatARunThatWasEndedLeftIsClearedAwayWhateverItsName() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        swap(guest, "", "replaced");
        // As CREATE INDEX CONCURRENTLY leaves them when it is ended.
        guest.sql("CREATE INDEX live_77_business_id_idx ON business_metrics (business_id);"
                + " UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('live_77_business_id_idx'::regclass, '"
                + USUAL + "'::regclass)");
        guest.installer().migrate();
        assertThat(guest.said).contains("index public.live_77_business_id_idx: begun and not finished before; dropped");
        assertThat(ours(guest)).containsExactlyInAnyOrder("business_metrics|t", "replaced|f");
        guest.installer().remove();
        assertThat(ours(guest)).isEmpty();
    }

    @Test
    void aNameThatAnythingElseHasIsNotTaken() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, "CREATE TABLE " + USUAL + " (a int)");
        guest.installer().migrate();
        assertThat(ours(guest)).containsExactly("business_metrics|t");
        guest.installer().remove();
        assertThat(guest.rows("SELECT relname FROM pg_class WHERE relname LIKE 'live%'"))
                .containsExactly(USUAL);
    }

    @Test
    void anIndexThatIsNotThereAfterwardsIsMissed() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, """
                CREATE FUNCTION theirs() RETURNS event_trigger LANGUAGE plpgsql AS $$
                BEGIN DROP INDEX IF EXISTS public.live_business_metrics_business_id_idx; END $$;
                CREATE EVENT TRIGGER theirs ON ddl_command_end WHEN TAG IN ('COMMENT') EXECUTE FUNCTION theirs()""");
        assertThatThrownBy(() -> guest.installer().migrate())
                .isInstanceOf(InstallException.class)
                .hasMessageContaining("index public." + USUAL + " was made, and is not one of public.business_metrics");
        guest.sql("DROP EVENT TRIGGER theirs");
        guest.installer().migrate();
        assertThat(ours(guest)).containsExactly("business_metrics|t");
    }
}
