package com.tenantlist.live.cli;

import java.io.Console;
import java.lang.reflect.Method;
import java.util.Map;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;

/** Where a command's words go: data to stdout, in words or one JSON object a line; progress to stderr. Any thread. */
final class Output {
    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    boolean isJson() {
        return json;
    }

    /** One line of data, in either form. */
    synchronized void data(Map<String, ?> fields, String words) {
        System.out.println(json ? Json.line(fields) : words);
    }

    /** What is going on. */
    synchronized void progress(String words) {
        System.err.println(words);
    }

    /** Words in the colours of picocli's markup, such as {@code @|red no|@}; none where there is no terminal or NO_COLOR is set. */
    static String styled(String markup) {
        return Ansi.AUTO.string(markup);
    }

    /** Whether a person looks at stdout. */
    @SuppressWarnings("SystemConsoleNull") // what comes after the null check is for Java 22
    static boolean isTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            // From Java 22 on there is a console even without a terminal, and this method.
            Method isTerminal = Console.class.getMethod("isTerminal");
            return (boolean) isTerminal.invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }
}
