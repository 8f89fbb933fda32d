package com.tenantlist.live.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A file system of its own (a tmpfs; mounting it takes root, or sudo without a password) that can be filled to the last byte. */
public final class SmallDisk implements AutoCloseable {
    private static final int BLOCK = 4096;

    private final Path directory;
    private final Path filler;

    public SmallDisk(int megabytes) throws IOException {
        directory = Files.createTempDirectory("tenantlist-disk");
        filler = directory.resolve("filler");
        asRoot("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m,mode=1777", "tmpfs", directory.toString());
    }

    public Path directory() {
        return directory;
    }

    /** No byte is left until {@link #free}. */
    public void fill() throws IOException {
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(new byte[BLOCK]);
            }
        } catch (IOException e) {
            if (Files.getFileStore(directory).getUsableSpace() > 0) {
                throw e;
            }
        }
    }

    public void free() throws IOException {
        Files.deleteIfExists(filler);
    }

    @Override
    public void close() {
        try {
            asRoot("umount", "--lazy", directory.toString());
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void asRoot(String... command) throws IOException {
        List<String> words = new ArrayList<>(List.of(command));
        if (!System.getProperty("user.name").equals("root")) {
            words.addAll(0, List.of("sudo", "-n"));
        }
        Process process = new ProcessBuilder(words).inheritIO().start();
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", words) + " failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
