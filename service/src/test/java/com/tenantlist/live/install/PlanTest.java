package com.tenantlist.live.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code db migrate --dry-run}. */
class PlanTest {
    private static List<String> steps(Guest guest) {
        return guest.said.stream().filter(line -> line.startsWith("would ")).toList();
    }

    @Test
    void whatWouldBeDoneIsSaidAndNothingIsChanged() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS, "ANALYZE");
        List<String> before = guest.everything();
        guest.installer().plan();
        assertThat(steps(guest))
                .containsExactly(
                        "would make role " + guest.config.owner + ", without login",
                        "would make schema live, of role " + guest.config.owner,
                        "would apply 5 migrations",
                        "would grant SELECT and TRIGGER on public.business_metrics to role " + guest.config.owner,
                        "would grant SELECT and TRIGGER on public.businesses to role " + guest.config.owner,
                        "would make publication tenantlist_live of the journal",
                        "would make an index on public.business_metrics (business_id)",
                        "would make an index on public.businesses (user_id)",
                        "would count about 240 metric rows",
                        "would make triggers on public.business_metrics",
                        "would make triggers on public.businesses",
                        "would look at every tenant");
        assertThat(guest.said).anyMatch(line -> line.startsWith("public.business_metrics: a table, about 240 rows"));
        assertThat(guest.said).last().asString().startsWith("nothing was changed in ");
        assertThat(guest.everything()).isEqualTo(before);
        assertThat(guest.rows("SELECT rolname FROM pg_roles WHERE rolname = '" + guest.config.owner + "'"))
                .isEmpty();
    }

    @Test
    void whatWasNeverAnalyzedIsNotCalledEmpty() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().plan();
        assertThat(steps(guest)).contains("would count about 0 metric rows and those that were never analyzed");
    }

    @Test
    void howToHaveTheOwnerThatMayDoNothingElseIsSaid() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        String owner = guest.config.owner;
        String me = guest.role("installer", "");
        guest.sql(
                "CREATE INDEX ON businesses (user_id); CREATE INDEX ON business_metrics (business_id); GRANT CREATE ON DATABASE "
                        + guest.name() + " TO " + me + "; GRANT SELECT, TRIGGER ON businesses, business_metrics TO "
                        + me
                        + "; CREATE ROLE \"" + owner + "\" NOLOGIN; GRANT \"" + owner + "\" TO " + me);
        guest.installer(me).plan();
        String cure = "GRANT SELECT, TRIGGER ON public.business_metrics, public.businesses TO \"" + me
                + "\" WITH GRANT OPTION";
        assertThat(guest.said)
                .anyMatch(line ->
                        line.startsWith("schema live will belong to the migrating role " + me) && line.contains(cure));
        guest.sql(cure);
        guest.said.clear();
        guest.installer(me).plan();
        assertThat(guest.said).contains("schema live will belong to role " + owner + "; migrating as " + me);
        guest.installer(me).migrate();
        assertThat(guest.rows("SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'live'"))
                .containsExactly(guest.rows("SELECT '" + owner + "'::regrole").get(0));
    }

    @Test
    void ofAPartThatGotItsTriggersNothingIsLeftToGrant() throws Exception {
        Guest guest = Guest.of(Guest.PARTITIONED, Guest.ROWS);
        guest.installer().migrate();
        guest.sql(
                "CREATE TABLE metrics_2027 PARTITION OF business_metrics FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');"
                        + " SELECT live.attach('metrics_2027')");
        guest.said.clear();
        guest.installer().plan();
        assertThat(steps(guest)).containsExactly("would look at every tenant");
    }

    @Test
    void whatSomeoneBrokeWouldBeMended() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN, Guest.ROWS);
        guest.installer().migrate();
        guest.said.clear();
        guest.installer().plan();
        assertThat(steps(guest)).isEmpty();
        assertThat(guest.said).last().asString().startsWith("nothing to do: ");

        guest.sql("""
                ALTER TABLE business_metrics DISABLE TRIGGER live_updated; ALTER PUBLICATION tenantlist_live SET TABLE live.epoch;
                REVOKE SELECT ON businesses FROM %s; DROP INDEX live_businesses_user_id_idx;
                CREATE OR REPLACE FUNCTION live.note_metrics_insert() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'""".formatted(guest.config.owner));
        List<String> before = guest.rows("SELECT xmin, * FROM live.installation");
        guest.installer().plan();
        assertThat(steps(guest))
                .containsExactly(
                        "would grant SELECT and TRIGGER on public.businesses to role " + guest.config.owner,
                        "would mend publication tenantlist_live of the journal",
                        "would make an index on public.businesses (user_id)",
                        "would make the functions anew, which are not those of this version",
                        "would make triggers on public.business_metrics",
                        "would look at every tenant");
        assertThat(guest.rows("SELECT xmin, * FROM live.installation")).isEqualTo(before);
    }

    @Test
    void everyReasonNotToIsSaidAfterIt() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        String stranger = guest.role("stranger", "");
        List<String> before = guest.everything();
        assertThatThrownBy(() -> guest.installer(stranger).plan())
                .isInstanceOf(InstallException.class)
                .hasMessageContaining("GRANT CREATE ON DATABASE " + guest.name() + " TO \"" + stranger + "\"")
                .hasMessageContaining("GRANT TRIGGER ON public.businesses TO \"" + stranger + "\"");
        assertThat(guest.said)
                .anyMatch(line -> line.startsWith("no publication: role " + stranger + " may make none in database "));
        assertThat(guest.everything()).isEqualTo(before);
        guest.installer().migrate();
        guest.said.clear();
        assertThatThrownBy(() -> guest.installer(stranger).plan())
                .hasMessageContaining("schema live belongs to role " + guest.config.owner + ", of which role "
                        + stranger + " is no member");
    }

    // ---- a database without the two tables

    @Test
    void tablesAreMadeWhereNeitherIsThere() throws Exception {
        Guest guest = Guest.of();
        List<String> before = guest.everything();
        guest.installer().plan();
        assertThat(steps(guest)).contains("would make tables public.businesses and public.business_metrics, empty");
        assertThat(guest.everything()).isEqualTo(before);
        guest.installer().migrate();
        guest.sql(Guest.ROWS);
        assertThat(guest.sums()).isEqualTo("120|1200|240");
    }

    @Test
    void tablesThatAreGoneAreNotMadeAgain() throws Exception {
        Guest guest = Guest.of(Guest.PLAIN);
        guest.installer().migrate();
        guest.sql("DROP TABLE businesses, business_metrics");
        assertThatThrownBy(() -> guest.installer().migrate())
                .isInstanceOf(InstallException.class)
                .hasMessageContaining("any more, in which the service was installed: bring them back");
    }
}
