package com.tenantlist.live.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The file that {@code sslkey} names. libpq reads any PEM; pgjdbc reads PKCS #12 ({@code .p12}, {@code .pfx}), unencrypted
 * PKCS #8 as PEM if the name ends with {@code .pem}, and PKCS #8 as DER. What it would only fail with later, in words of
 * its own, is said at the start.
 */
final class ClientKey {
    private static final String BEGIN = "-----BEGIN ";
    private static final String BEGIN_PKCS8 = "-----BEGIN PRIVATE KEY-----";

    private ClientKey() {}

    /**
     * Returns the algorithm of a key that is PEM, which pgjdbc wants to be told.
     *
     * @throws IllegalArgumentException if pgjdbc cannot read such a key; the message says how to convert it
     */
    static Optional<String> check(Path file) {
        String name = file.toString();
        if (name.endsWith(".p12") || name.endsWith(".pfx")) {
            return Optional.empty();
        }
        String text;
        try {
            text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new IllegalArgumentException("has an sslkey that cannot be read: " + file);
        }
        if (!text.contains(BEGIN)) {
            return Optional.empty();
        }
        if (!name.endsWith(".pem")) {
            throw new IllegalArgumentException(
                    "has the sslkey " + file + ", which is PEM; the driver reads that only if its name ends with .pem");
        }
        int start = text.indexOf(BEGIN_PKCS8);
        int end = text.indexOf("-----END", Math.max(start, 0));
        if (start < 0 || end < 0) {
            throw new IllegalArgumentException("has the sslkey " + file + ", which is not unencrypted PKCS #8;"
                    + " convert it: openssl pkcs8 -topk8 -nocrypt -in KEY -out KEY.pem");
        }
        return Optional.of(algorithm(file, text.substring(start + BEGIN_PKCS8.length(), end)));
    }

    private static String algorithm(Path file, String base64) {
        byte[] encoded = Base64.getMimeDecoder().decode(base64);
        return List.of("RSA", "EC", "EdDSA").stream()
                .filter(algorithm -> isKeyOf(algorithm, encoded))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "has the sslkey " + file + ", which is no RSA, EC or Ed25519 key"));
    }

    private static boolean isKeyOf(String algorithm, byte[] encoded) {
        try {
            KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
