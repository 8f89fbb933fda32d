package com.tenantlist.live.testing;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Sizes of all collections that can be reached from an object through our own classes and netty-socketio's. */
public final class CollectionSizes {
    private CollectionSizes() {}

    private record Place(String path, Object object) {}

    /** By path of fields; only those that are not empty. */
    public static Map<String, Integer> reachableFrom(Object root) {
        Map<String, Integer> sizes = new TreeMap<>();
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Place> todo = new ArrayDeque<>();
        todo.add(new Place("", root));
        while (!todo.isEmpty()) {
            Place place = todo.remove();
            Object object = place.object();
            if (!seen.add(object)) {
                continue;
            }
            if (object instanceof Map<?, ?> map) {
                count(sizes, place.path(), map.size());
                map.values().forEach(value -> add(todo, place.path() + "{}", value));
            } else if (object instanceof Collection<?> collection) {
                count(sizes, place.path(), collection.size());
                collection.forEach(element -> add(todo, place.path() + "[]", element));
            } else if (object.getClass().isArray()) {
                for (int i = 0; i < Array.getLength(object); i++) {
                    add(todo, place.path() + "[]", Array.get(object, i));
                }
            } else {
                fields(todo, place);
            }
        }
        return sizes;
    }

    private static void count(Map<String, Integer> sizes, String path, int size) {
        if (size > 0) {
            sizes.merge(path, size, Integer::sum);
        }
    }

    private static void fields(Deque<Place> todo, Place place) {
        for (Class<?> type = place.object().getClass(); isOurs(type); type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                    try {
                        field.setAccessible(true);
                        add(todo, place.path() + "." + field.getName(), field.get(place.object()));
                    } catch (ReflectiveOperationException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        }
    }

    private static void add(Deque<Place> todo, String path, Object value) {
        if (value instanceof Map<?, ?>
                || value instanceof Collection<?>
                || (value != null && (isOurs(value.getClass()) || value instanceof Object[]))) {
            todo.add(new Place(path, value));
        }
    }

    private static boolean isOurs(Class<?> type) {
        return type != null
                && (type.getName().startsWith("com.tenantlist.")
                        || type.getName().startsWith("com.corundumstudio."));
    }
}
