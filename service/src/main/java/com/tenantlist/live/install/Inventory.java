package com.tenantlist.live.install;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * What stands in schema {@code live}, and what of it is ours: all that stood when {@code db migrate} had last applied files. A name is
 * the kind and the identity that {@code pg_identify_object} gives, such as {@code function live.apply()}. Indexes, constraints and triggers go with their
 * tables and are not told of, nor are statistics.
 */
final class Inventory {
    private static final String STANDING = """
            SELECT o.type || ' ' || o.identity AS name, o.type, o.identity,
                   pg_get_userbyid(coalesce(c.relowner, p.proowner, t.typowner)) AS owner
            FROM pg_catalog.pg_depend d CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) o
            LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
            LEFT JOIN pg_catalog.pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
            LEFT JOIN pg_catalog.pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid
            WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = to_regnamespace('live') AND d.deptype = 'n'
              AND d.classid <> 'pg_statistic_ext'::regclass
              -- What is dropped meanwhile has none.
              AND o.identity IS NOT NULL
              -- A sequence of a column goes with that.
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend s WHERE s.classid = d.classid AND s.objid = d.objid AND c.relkind = 'S'
                              AND s.refobjsubid > 0)
            """;

    private final Map<String, Thing> standing;
    private final Set<String> ours;

    private Inventory(Map<String, Thing> standing, Set<String> ours) {
        this.standing = standing;
        this.ours = ours;
    }

    /** @param owner empty if its kind has none that matters */
    private record Thing(String name, String type, String identity, Optional<String> owner) {
        String drop() {
            return "DROP " + (type.startsWith("composite") ? "TYPE" : type.toUpperCase(Locale.ROOT)) + " " + identity;
        }
    }

    private static Map<String, Thing> standing(Handle handle) {
        return handle.createQuery(STANDING + "ORDER BY 1")
                .map((row, context) -> new Thing(
                        row.getString(1), row.getString(2), row.getString(3), Optional.ofNullable(row.getString(4))))
                .collect(Collectors.toMap(Thing::name, thing -> thing, (one, same) -> one, TreeMap::new));
    }

    /** Of a schema that who is logged in may look into; where nothing was remembered, or he may not read it, what has a name that our files give is ours. */
    static Inventory of(Handle handle) {
        Map<String, Thing> standing = standing(handle);
        Set<String> ours = new TreeSet<>();
        if (Sql.isReadable(handle, "installation")) {
            handle.createQuery("SELECT jsonb_array_elements_text(to_jsonb(i) -> 'objects') FROM live.installation i")
                    .mapTo(String.class)
                    .forEach(ours::add);
        }
        if (ours.isEmpty()) {
            standing.values().stream()
                    .filter(thing -> Migrations.makes(thing.identity()))
                    .forEach(thing -> ours.add(thing.name()));
        }
        if (Migrations.isAnyApplied(handle)) {
            ours.add("table live.installation");
        }
        return new Inventory(standing, ours);
    }

    /** All that stands is ours from now on, and functions and views are as they are to be; if there is where to write it. */
    static void remember(Handle handle) {
        if (Sql.isThere(handle, "installation")) {
            handle.execute(
                    "UPDATE live.installation SET code = live.code(), objects = (SELECT array_agg(name ORDER BY name) FROM ("
                            + STANDING + ") o)");
        }
    }

    /** The same of functions and views alone, which were made anew: those too that were gone. */
    int rememberAsMade(Handle handle) {
        return handle.createUpdate("""
                        UPDATE live.installation SET complete = false, code = live.code(),
                               objects = (SELECT array_agg(DISTINCT o ORDER BY o) FROM unnest(objects || :made) o)""")
                .bindArray(
                        "made",
                        String.class,
                        gone().stream().filter(Inventory::isReplaceable).toArray())
                .execute();
    }

    /** What is ours as it is here, and what stands as another connection sees it. */
    Inventory asSeenBy(Handle another) {
        return new Inventory(standing(another), ours);
    }

    /** What is none of ours, each with the statement that drops it. */
    List<String> others() {
        return standing.values().stream()
                .filter(thing -> !ours.contains(thing.name()))
                .map(thing -> thing.name()
                        + thing.owner().map(owner -> " of role " + owner).orElse("") + " is none of ours: "
                        + thing.drop())
                .toList();
    }

    /** Whether functions or views are gone, which {@code db migrate} makes anew. */
    boolean lacksReplaceable() {
        return gone().stream().anyMatch(Inventory::isReplaceable);
    }

    /** Whether nothing else is gone. */
    boolean isMendable() {
        return gone().stream().allMatch(Inventory::isReplaceable);
    }

    /** Why {@code db migrate} cannot go on: a reason for each thing. */
    List<String> refusals(Handle handle, String owner) {
        List<String> reasons = new ArrayList<>();
        String renamed = isMendable() ? "" : "; or, if it is what is gone, by another name: rename it";
        others().forEach(other -> reasons.add(other + renamed));
        gone().stream()
                .filter(name -> !isReplaceable(name))
                .forEach(name -> reasons.add(name + " is gone: run db remove, then db migrate"));
        standing.values().stream()
                .filter(thing -> ours.contains(thing.name()))
                .filter(thing -> thing.owner()
                        .filter(other -> !other.equals(owner)
                                && !Sql.isTrue(handle, "SELECT pg_has_role(:role, 'USAGE')", Map.of("role", other)))
                        .isPresent())
                .forEach(thing -> reasons.add(
                        thing.name() + " belongs to role " + thing.owner().get() + ", not to role " + owner
                                + ": run this as a superuser, who gives it back"));
        return reasons;
    }

    private List<String> gone() {
        return ours.stream().filter(name -> !standing.containsKey(name)).toList();
    }

    private static boolean isReplaceable(String name) {
        return name.startsWith("function ") || name.startsWith("view ");
    }
}
