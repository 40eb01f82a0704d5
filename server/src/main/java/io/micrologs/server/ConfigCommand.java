package io.micrologs.server;

import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** Shows every setting with its effective value and where that came from. */
@Command(name = "config", description = "Show the effective settings, secrets masked, and where each came from.")
final class ConfigCommand implements Callable<Integer> {

    @Mixin
    private Settings settings = new Settings();

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() {
        settings.check();
        SettingsSource source = (SettingsSource) spec.defaultValueProvider();
        for (String key : SettingsSource.keys()) {
            OptionSpec option = Objects.requireNonNull(spec.findOption("--" + key));
            Object value = option.getValue();
            String shown = value == null || value.toString().isEmpty() ? unset(key) : value.toString();
            if (value != null && SettingsSource.isSecret(key)) {
                shown = "********";
            }
            boolean flag = spec.commandLine().getParseResult().hasMatchedOption("--" + key)
                    && !spec.commandLine()
                            .getParseResult()
                            .matchedOption("--" + key)
                            .originalStringValues()
                            .isEmpty();
            System.out.printf("%-34s %-36s %s%n", key, shown, source.origin(key, flag));
        }
        return 0;
    }

    private String unset(String key) {
        return switch (key) {
            case "admin.key", "hash.salt" -> "(generated in " + settings.dataDir.resolve("secrets.properties") + ")";
            case "database.url" -> "(embedded MariaDB)";
            case "database.buffer-pool" -> "(a quarter of the memory)";
            case "time.zone" -> settings.zone() + " (the machine's)";
            case "base.url" -> "(the request's host)";
            default -> "(none)";
        };
    }
}
